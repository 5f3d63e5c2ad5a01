//! The bounded send queue of a socket.

use std::collections::VecDeque;
use std::net::SocketAddr;

use bytes::Bytes;

use crate::address::UdpAddress;
use crate::host::UdpHost;

/// The number of bytes that a packet counts for besides its body, so that the number of empty packets is bounded too.
const OVERHEAD: usize = 128;

/// A queued packet.
pub(super) struct Outgoing {
    pub(super) host: UdpHost,
    pub(super) port: u16,
    /// The address, if the host is a name that has been looked up.
    pub(super) found: Option<SocketAddr>,
    pub(super) body: Bytes,
}

/// The queued packets. A packet counts for the limit until it is released, also while it waits for a look-up elsewhere.
pub(super) struct Queue {
    packets: VecDeque<Outgoing>,
    reserved: usize,
    pub(super) limit: usize,
}

impl Queue {
    pub(super) const fn new(limit: usize) -> Self {
        Self { packets: VecDeque::new(), reserved: 0, limit }
    }

    /// Adds a packet, unless the limit would be exceeded. Returns whether it was added.
    pub(super) fn push(&mut self, packet: Outgoing) -> bool {
        let has_room = self.reserved + packet.cost() <= self.limit;
        if has_room {
            self.reserved += packet.cost();
            self.packets.push_back(packet);
        }
        has_room
    }

    /// Removes the next packet. It still counts for the limit.
    pub(super) fn pop(&mut self) -> Option<Outgoing> {
        let packet = self.packets.pop_front();
        if self.packets.is_empty() {
            // An idle socket keeps no memory for its queue.
            self.packets.shrink_to(0);
        }
        packet
    }

    /// Puts a removed packet back at the front.
    pub(super) fn put_back(&mut self, packet: Outgoing) {
        self.packets.push_front(packet);
    }

    /// Puts a removed packet back at the end, after it has waited for a look-up.
    pub(super) fn requeue(&mut self, packet: Outgoing) {
        self.packets.push_back(packet);
    }

    /// Ends the counting of a removed packet, which is sent or lost.
    pub(super) const fn release(&mut self, packet: &Outgoing) {
        self.reserved -= packet.cost();
    }

    /// Whether the queue is empty. Packets that wait for a look-up are not in it.
    pub(super) fn is_empty(&self) -> bool {
        self.packets.is_empty()
    }

    /// Whether no packet is left to send, also none that waits for a look-up.
    pub(super) const fn is_done(&self) -> bool {
        self.reserved == 0
    }
}

impl Outgoing {
    /// The address of the destination, or `None` if its name must be looked up first.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        self.found.or_else(|| self.host.location().at(self.port))
    }

    pub(super) fn remote(&self) -> UdpAddress {
        UdpAddress::Remote { host: self.host.clone(), port: self.port }
    }

    const fn cost(&self) -> usize {
        self.body.len() + OVERHEAD
    }
}
