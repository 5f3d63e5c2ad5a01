//! The transport's state for another ground: the packets that wait for it, and how much is in flight.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use super::gate::Gate;
use super::packet::{Trailer, WINDOW, weight};
use crate::frame::Batch;

/// Another ground.
pub(super) struct Peer {
    pub(super) gate: Arc<Gate>,
    pub(super) key: String,
    pub(super) standing: Standing,
    /// When a packet was last sent to it.
    pub(super) spoken: Instant,
    /// Whether this ground is leaving, and waits for acknowledgements.
    is_leaving: bool,
    /// The session of the packets that wait.
    session: u64,
    waiting: VecDeque<Vec<u8>>,
    /// The weight that was sent to it, and how much of it is acknowledged.
    sent: u64,
    taken: u64,
}

/// The state of a ground, as the link knows it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It has been found.
    Met,
    /// It has been lost, because there was no sign of life.
    Silent,
    /// It has been refused.
    Barred,
}

impl Peer {
    pub(super) fn new(gate: Arc<Gate>, key: String, standing: Standing) -> Self {
        Self {
            gate,
            key,
            standing,
            spoken: Instant::now(),
            is_leaving: false,
            session: 0,
            waiting: VecDeque::new(),
            sent: 0,
            taken: 0,
        }
    }

    /// Whether to send a batch. A batch without frames is left out if other packets wait, since these show a loss too.
    /// Packets of an earlier session are dropped.
    pub(super) fn expects(&mut self, batch: &Batch) -> bool {
        if self.session < batch.session {
            self.session = batch.session;
            self.waiting.clear();
        }
        self.waiting.is_empty() || !batch.frames.is_empty()
    }

    /// Adds a packet to those that wait.
    pub(super) fn push(&mut self, packet: Vec<u8>) {
        self.waiting.push_back(packet);
    }

    /// Drops the packets that wait.
    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }

    /// Accepts an acknowledgement, unless it is for more than was sent: such a one is from before this ground started.
    pub(super) const fn taken(&mut self, position: u64) {
        if position <= self.sent {
            self.taken = position;
        }
    }

    /// The next packet with a batch, if there is one and there is room in flight. A packet that is larger than the
    /// whole window is sent when nothing else is in flight.
    pub(super) fn next(&mut self) -> Option<Vec<u8>> {
        if !self.has_room() {
            return None;
        }
        let mut packet = self.waiting.pop_front()?;
        self.sent += weight(packet.len() + Trailer::LENGTH);
        // The next packet has to wait for an acknowledgement.
        let is_urgent = !self.waiting.is_empty() && !self.has_room();
        self.complete(&mut packet, is_urgent);
        Some(packet)
    }

    /// A packet without a batch: a sign of life, and an acknowledgement.
    pub(super) fn sign(&mut self) -> Vec<u8> {
        let mut packet = Vec::with_capacity(Trailer::LENGTH);
        self.complete(&mut packet, false);
        packet
    }

    /// From now on, all packets ask for an acknowledgement at once.
    pub(super) const fn take_leave(&mut self) {
        self.is_leaving = true;
    }

    /// Whether it has acknowledged everything, or never will.
    pub(super) fn is_finished(&self) -> bool {
        self.standing != Standing::Met || (self.waiting.is_empty() && self.taken == self.sent)
    }

    /// Whether there is room in flight for the next packet.
    fn has_room(&self) -> bool {
        let next = self.waiting.front().map_or(0, |packet| weight(packet.len() + Trailer::LENGTH));
        let under_way = self.sent - self.taken;
        under_way == 0 || under_way + next <= WINDOW
    }

    fn complete(&mut self, packet: &mut Vec<u8>, is_urgent: bool) {
        self.spoken = Instant::now();
        let Self { sent, is_leaving, .. } = *self;
        let is_urgent = is_urgent || is_leaving;
        Trailer { position: sent, taken: self.gate.tell(), is_urgent }.append(packet);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Frame;

    fn peer() -> Peer {
        Peer::new(Arc::default(), "key".to_owned(), Standing::Met)
    }

    /// The position of the next packet that can be sent, and whether it is urgent.
    fn next(peer: &mut Peer) -> Option<(u64, bool)> {
        let packet = peer.next()?;
        let (trailer, _) = Trailer::split(&packet).unwrap();
        Some((trailer.position, trailer.is_urgent))
    }

    #[test]
    fn what_is_under_way_is_bounded_and_what_waits_asks_to_be_told_of_room() {
        let mut peer = peer();
        let half = WINDOW as usize / 2;
        (0..3).for_each(|_| peer.push(vec![0; half - 1_000]));
        let (first, is_urgent) = next(&mut peer).unwrap();
        assert!(!is_urgent);
        assert_eq!(next(&mut peer), Some((first * 2, true)));
        assert_eq!(next(&mut peer), None);
        peer.taken(first);
        assert_eq!(next(&mut peer), Some((first * 3, false)));
        assert!(!peer.is_finished());
        peer.taken(first * 3);
        assert!(peer.is_finished());
    }

    #[test]
    fn what_waits_goes_with_its_session_and_pulses_do_not_add_up() {
        let mut peer = peer();
        let batch = |session, frames| Batch { session, first: 0, frames };
        for session in 1..100 {
            assert!(peer.expects(&batch(session, vec![Frame::Sync])));
            (0..10).for_each(|_| peer.push(vec![0; 10]));
            assert_eq!(peer.waiting.len(), 10);
            assert!(!peer.expects(&batch(session, Vec::new())));
        }
        while next(&mut peer).is_some() {}
        assert!(peer.expects(&batch(99, Vec::new())));
    }

    #[test]
    fn a_packet_that_is_larger_than_all_that_may_be_under_way_goes_by_itself() {
        let mut peer = peer();
        peer.push(vec![0; 10]);
        peer.push(vec![0; WINDOW as usize]);
        let (first, is_urgent) = next(&mut peer).unwrap();
        assert!(is_urgent);
        assert_eq!(next(&mut peer), None);
        peer.taken(first);
        assert!(next(&mut peer).is_some());
    }

    #[test]
    fn what_is_said_to_be_taken_and_was_never_sent_is_no_room() {
        let mut peer = peer();
        (0..2).for_each(|_| peer.push(vec![0; WINDOW as usize - 1_000]));
        next(&mut peer).unwrap();
        peer.taken(u64::MAX);
        assert_eq!(next(&mut peer), None);
    }
}
