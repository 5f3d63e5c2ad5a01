//! What brings batches from one ground to another.

use std::fmt;
use std::sync::Arc;

use futures::channel::mpsc;
use marketplace_core::Reason;

use crate::frame::Batch;
use crate::ground::GroundId;
use crate::shared::SharedTypes;

/// A way to other grounds, such as [`Threads`](crate::Threads).
///
/// It finds them, and carries batches. What is lost, doubled or late on the way the link notices itself; but a carrier
/// should keep the order.
pub trait Carrier: Send + 'static {
    /// Begins to carry. Runs in a turn, so it must not block.
    ///
    /// # Errors
    ///
    /// What keeps it from beginning; the driver fails with it.
    fn start(self: Box<Self>, start: Start) -> anyhow::Result<Box<dyn Outward>>;
}

/// What a carrier needs.
#[derive(Debug)]
pub struct Start {
    /// The ground that is to be known to others.
    pub ground: GroundId,
    /// What it shares.
    pub shared: Arc<SharedTypes>,
    /// Whom to tell what comes.
    pub arrivals: Arrivals,
}

/// A carrier's way out. To drop it is to leave: what has been sent, of which a goodbye is the last, is still carried.
pub trait Outward: Send + 'static {
    /// Sends a batch to a ground that has been met. Must not block.
    fn send(&mut self, to: GroundId, batch: Batch);
}

/// What a carrier tells.
#[derive(Debug)]
pub enum Arrival {
    /// There is another ground, which can be reached. One that was lost, or has said goodbye, may be met again.
    Met(GroundId),
    /// A batch has come from a ground that has been met.
    Batch {
        /// The ground.
        from: GroundId,
        /// What has come.
        batch: Batch,
        /// Dropped once the link has taken the batch.
        receipt: Receipt,
    },
    /// A ground that has been met cannot be reached any more.
    Lost {
        /// The ground.
        peer: GroundId,
        /// Why, in words that follow "the link to … is lost:".
        why: Arc<str>,
    },
    /// What has come from a ground cannot be understood, or is too much. The link listens to it no more.
    Refused {
        /// The ground.
        peer: GroundId,
        /// Why.
        why: Arc<str>,
    },
    /// A frame could not be sent; a [`Void`](crate::Frame::Void) went in its place.
    Unsent {
        /// Where it was to go.
        peer: GroundId,
        /// Why.
        reason: Reason,
    },
    /// Some time has passed: the link sends a pulse to each ground of this carrier, which shows the loss of the last
    /// batch. A carrier that loses nothing need not tell it.
    Tick,
    /// The carrier is at its end; it has told the loss of each ground before.
    Failed(Reason),
}

/// Tells a carrier, when it is dropped, that the link has taken a batch. By it the carrier knows how much of a ground's
/// still waits, and bounds that.
#[derive(Default)]
pub struct Receipt(Option<Box<dyn FnOnce() + Send>>);

/// Whom a carrier tells what comes.
#[derive(Clone, Debug)]
pub struct Arrivals {
    carrier: usize,
    sender: mpsc::UnboundedSender<(usize, Arrival)>,
}

impl Receipt {
    /// Runs this when the batch has been taken. It must not block.
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

impl Arrivals {
    pub(crate) const fn new(carrier: usize, sender: mpsc::UnboundedSender<(usize, Arrival)>) -> Self {
        Self { carrier, sender }
    }

    /// Tells the link; whether it is still there. It never blocks; how much of a ground's may wait, the carrier bounds.
    pub fn tell(&self, arrival: Arrival) -> bool {
        self.sender.unbounded_send((self.carrier, arrival)).is_ok()
    }
}
