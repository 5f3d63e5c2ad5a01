//! What handlers ask of a socket, and its queue of what is to be sent.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use bytes::Bytes;

use crate::message::{UdpAddress, UdpHost, UdpPacket};

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
    /// It is not for this queue, or no longer.
    NotHere,
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
    /// Whether the socket's process takes packets.
    is_open: bool,
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
            is_open: false,
            is_closing: false,
            is_delivering: false,
            waker: None,
        })))
    }

    /// Queues a packet.
    pub(crate) fn send(&self, packet: &UdpPacket) -> Sent {
        self.lock().queue(packet)
    }

    /// Queues a packet if the socket's process is not there yet to take it.
    pub(crate) fn send_early(&self, packet: &UdpPacket) -> Sent {
        let mut asked = self.lock();
        if asked.is_open { Sent::NotHere } else { asked.queue(packet) }
    }

    /// Notes that the socket's process takes packets.
    pub(crate) fn open(&self) {
        self.lock().is_open = true;
    }

    /// Goes on receiving: what was last received has been delivered.
    pub(crate) fn delivered(&self) {
        let mut asked = self.lock();
        asked.is_delivering = false;
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
    fn queue(&mut self, packet: &UdpPacket) -> Sent {
        let UdpAddress::Remote { host, port } = &packet.destination else { return Sent::NotHere };
        if self.is_closing {
            return Sent::NotHere;
        }
        let outgoing = Outgoing { host: host.clone(), port: *port, body: packet.body.clone() };
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
