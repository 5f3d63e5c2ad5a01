//! What handlers ask of a socket, and its queue of what is to be sent.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use bytes::Bytes;

use crate::message::{UdpAddress, UdpHost};

/// What a packet counts for in the queue besides its body, so that empty ones are bounded too.
const OVERHEAD: usize = 128;

/// A handler's end of a socket: it queues and asks, and never waits.
#[derive(Clone)]
pub(crate) struct Controls(Arc<Mutex<Asked>>);

/// What has become of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// It is queued.
    Queued,
    /// It is dropped: the socket is closed, or about to be.
    Closed,
    /// It is dropped: so many bytes may be queued.
    Full {
        /// The limit.
        limit: usize,
    },
}

/// A packet in the queue.
pub(super) struct Outgoing {
    pub(super) host: UdpHost,
    pub(super) port: u16,
    pub(super) body: Bytes,
}

/// What has been asked of a socket.
pub(super) struct Asked {
    pub(super) outgoing: VecDeque<Outgoing>,
    /// What all that is to be sent counts for, also what is no longer in `outgoing`.
    queued: usize,
    limit: usize,
    /// Whether the socket is to receive no more.
    pub(super) is_stopping: bool,
    /// Whether the socket is to be closed once all is sent.
    pub(super) is_closing: bool,
    /// Whether what was last received is still on its way.
    pub(super) is_delivering: bool,
    pub(super) waker: Option<Waker>,
}

impl Controls {
    pub(crate) fn new(limit: usize) -> Self {
        Self(Arc::new(Mutex::new(Asked {
            outgoing: VecDeque::new(),
            queued: 0,
            limit,
            is_stopping: false,
            is_closing: false,
            is_delivering: false,
            waker: None,
        })))
    }

    /// Queues a packet.
    pub(crate) fn send(&self, host: &UdpHost, port: u16, body: &Bytes) -> Sent {
        self.lock().queue(Outgoing { host: host.clone(), port, body: body.clone() })
    }

    /// Goes on receiving: what was last received has been delivered.
    pub(crate) fn delivered(&self) {
        let mut asked = self.lock();
        asked.is_delivering = false;
        asked.wake();
    }

    /// Receives no more.
    pub(crate) fn stop(&self) {
        let mut asked = self.lock();
        asked.is_stopping = true;
        asked.wake();
    }

    /// Closes the socket once all is sent. Its source's stream ends when that is done.
    pub(crate) fn close(&self) {
        let mut asked = self.lock();
        asked.is_closing = true;
        asked.wake();
    }

    /// Whether the socket is to be closed, and nothing is left to send.
    pub(crate) fn is_done(&self) -> bool {
        let asked = self.lock();
        asked.is_closing && asked.queued == 0
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Asked> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Asked {
    fn queue(&mut self, outgoing: Outgoing) -> Sent {
        if self.is_closing {
            return Sent::Closed;
        }
        if self.queued + outgoing.cost() > self.limit {
            return Sent::Full { limit: self.limit };
        }
        self.queued += outgoing.cost();
        self.outgoing.push_back(outgoing);
        self.wake();
        Sent::Queued
    }

    /// Gives up the place of packets that are sent or lost.
    pub(super) const fn release(&mut self, cost: usize) {
        self.queued -= cost;
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl Outgoing {
    /// What it counts for in the queue.
    pub(super) const fn cost(&self) -> usize {
        self.body.len() + OVERHEAD
    }

    /// Where it goes.
    pub(super) fn remote(&self) -> UdpAddress {
        UdpAddress::Remote { host: self.host.clone(), port: self.port }
    }
}

impl fmt::Debug for Controls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Controls").finish_non_exhaustive()
    }
}
