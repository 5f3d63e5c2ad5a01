//! Transports: what carries batches from one ground to another.

use std::fmt;
use std::sync::Arc;

use futures::channel::mpsc;
use marketplace_core::Reason;

use crate::frame::Batch;
use crate::ground::GroundId;
use crate::shared::SharedTypes;

/// Finds other grounds and carries batches to them; [`Threads`](crate::Threads) is one.
///
/// Implement it to join grounds over another medium. A transport should keep the order of batches. It need not detect
/// loss, duplicates or delay: the link does that itself.
pub trait Transport: Send + 'static {
    /// Starts the transport. This runs in a turn, so it must not block.
    ///
    /// # Errors
    ///
    /// If it cannot start. The driver fails with this error.
    fn start(self: Box<Self>, start: TransportStart) -> anyhow::Result<Box<dyn TransportSender>>;
}

/// What a transport is started with; see [`Transport::start`].
#[derive(Debug)]
pub struct TransportStart {
    /// The ground that others will see.
    pub ground: GroundId,
    /// The types that it shares.
    pub shared: Arc<SharedTypes>,
    /// Where to report events.
    pub events: TransportEvents,
}

/// The sending side of a transport. Dropping it means leaving: batches that were sent before, the last of which is a
/// goodbye, are still carried.
pub trait TransportSender: Send + 'static {
    /// Sends a batch to a ground that was found. It must not block.
    fn send(&mut self, to: GroundId, batch: Batch);
}

/// An event that a transport reports to its link.
#[derive(Debug)]
pub enum TransportEvent {
    /// Another ground can be reached. A ground that was lost, or has said goodbye, may be reported again.
    Found(GroundId),
    /// A batch has arrived from a ground that was found.
    Batch {
        /// The ground.
        from: GroundId,
        /// The batch.
        batch: Batch,
        /// The link drops it when it has processed the batch.
        receipt: Receipt,
    },
    /// A ground that was found cannot be reached any more.
    Lost {
        /// The ground.
        peer: GroundId,
        /// Why, in words that follow "the link to … is lost:".
        why: Arc<str>,
    },
    /// Data from a ground is invalid or exceeds a limit. The link ignores this ground from now on.
    Refused {
        /// The ground.
        peer: GroundId,
        /// Why.
        why: Arc<str>,
    },
    /// A frame could not be sent. A [`Void`](crate::Frame::Void) was sent in its place.
    Unsent {
        /// The ground for which it was.
        peer: GroundId,
        /// Why.
        reason: Reason,
    },
    /// Some time has passed. The link then sends an empty batch to each ground of this transport, so that the loss of the
    /// last batch is detected. A transport that loses nothing need not report it.
    Tick,
    /// The transport has ended. It has reported the loss of each ground before.
    Failed(Reason),
}

/// Tells a transport, when dropped, that the link has processed a batch. With it the transport knows how many batches of a
/// ground are still waiting, and can limit their number.
#[derive(Default)]
pub struct Receipt(Option<Box<dyn FnOnce() + Send>>);

/// Where a transport reports its events.
#[derive(Clone, Debug)]
pub struct TransportEvents {
    transport: usize,
    sender: mpsc::UnboundedSender<(usize, TransportEvent)>,
}

impl Receipt {
    /// A receipt that runs this when the batch has been processed. It must not block.
    pub fn new(on_taken: impl FnOnce() + Send + 'static) -> Self {
        Self(Some(Box::new(on_taken)))
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        if let Some(on_taken) = self.0.take() {
            on_taken();
        }
    }
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Receipt")
    }
}

impl TransportEvents {
    pub(crate) const fn new(
        transport: usize,
        sender: mpsc::UnboundedSender<(usize, TransportEvent)>,
    ) -> Self {
        Self { transport, sender }
    }

    /// Reports an event to the link. Returns whether the link still exists. It never blocks, so the transport must limit how
    /// many batches of a ground wait.
    pub fn report(&self, event: TransportEvent) -> bool {
        self.sender.unbounded_send((self.transport, event)).is_ok()
    }
}
