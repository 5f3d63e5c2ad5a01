//! Packets that wait to be sent, in bounded space.

use std::collections::VecDeque;
use std::net::SocketAddr;

use bytes::Bytes;

use crate::address::UdpAddress;
use crate::host::UdpHost;

/// What a packet counts for besides its body, so that empty ones are bounded too.
const OVERHEAD: usize = 128;

/// A packet that waits.
pub(super) struct Outgoing {
    pub(super) host: UdpHost,
    pub(super) port: u16,
    /// The address, if the host is a name that has been looked up.
    pub(super) found: Option<SocketAddr>,
    pub(super) body: Bytes,
}

/// The packets that wait. Their space is taken until they are released, also while they are elsewhere.
pub(super) struct Queue {
    packets: VecDeque<Outgoing>,
    taken: usize,
    pub(super) limit: usize,
}

impl Queue {
    pub(super) const fn new(limit: usize) -> Self {
        Self { packets: VecDeque::new(), taken: 0, limit }
    }

    /// Takes in a packet; whether there is room for it.
    pub(super) fn push(&mut self, packet: Outgoing) -> bool {
        let has_room = self.taken + packet.cost() <= self.limit;
        if has_room {
            self.taken += packet.cost();
            self.packets.push_back(packet);
        }
        has_room
    }

    /// Takes out the next packet, which has its space still.
    pub(super) fn pop(&mut self) -> Option<Outgoing> {
        let packet = self.packets.pop_front();
        if self.packets.is_empty() {
            // An idle socket holds no memory for its queue.
            self.packets.shrink_to(0);
        }
        packet
    }

    /// Puts a packet back that is to be the next again.
    pub(super) fn put_back(&mut self, packet: Outgoing) {
        self.packets.push_front(packet);
    }

    /// Takes a packet back that has waited elsewhere, and has its space.
    pub(super) fn take_back(&mut self, packet: Outgoing) {
        self.packets.push_back(packet);
    }

    /// Gives up the space of a packet that is sent or lost.
    pub(super) const fn release(&mut self, packet: &Outgoing) {
        self.taken -= packet.cost();
    }

    /// Whether nothing waits here; some may wait elsewhere.
    pub(super) fn is_empty(&self) -> bool {
        self.packets.is_empty()
    }

    /// Whether nothing is left to be sent.
    pub(super) const fn is_done(&self) -> bool {
        self.taken == 0
    }
}

impl Outgoing {
    /// Where it goes, if that need not be looked up any more.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        self.found.or_else(|| self.host.place().at(self.port))
    }

    pub(super) fn remote(&self) -> UdpAddress {
        UdpAddress::Remote { host: self.host.clone(), port: self.port }
    }

    const fn cost(&self) -> usize {
        self.body.len() + OVERHEAD
    }
}
