//! Another ground, as the carrier's thread knows it: what waits to be sent to it, and how much is under way.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use super::gate::Gate;
use super::packet::{Trailer, WINDOW, weight};

/// Another ground.
pub(super) struct Peer {
    pub(super) gate: Arc<Gate>,
    pub(super) key: String,
    pub(super) standing: Standing,
    /// When it was last sent something.
    pub(super) spoken: Instant,
    /// Whether it is to say at once what it takes.
    is_urgent: bool,
    waiting: VecDeque<Vec<u8>>,
    /// How much has been sent, and how much of that it has taken.
    sent: u64,
    taken: u64,
}

/// What the link knows of a ground.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It has been met.
    Met,
    /// It has been lost, for want of a sign of life.
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
            is_urgent: false,
            waiting: VecDeque::new(),
            sent: 0,
            taken: 0,
        }
    }

    /// A batch is to be sent.
    pub(super) fn push(&mut self, batch: Vec<u8>) {
        self.waiting.push_back(batch);
    }

    /// Nothing of what waits is sent any more.
    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }

    /// It has said what it has taken. What it says of a time before this ground has begun anew is no news.
    pub(super) const fn taken(&mut self, position: u64) {
        if position <= self.sent {
            self.taken = position;
        }
    }

    /// The next packet with a batch, if there is one and it may be under way.
    pub(super) fn next(&mut self) -> Option<Vec<u8>> {
        if self.sent - self.taken >= WINDOW {
            return None;
        }
        let mut packet = self.waiting.pop_front()?;
        self.sent += weight(packet.len() + Trailer::LENGTH);
        self.complete(&mut packet);
        Some(packet)
    }

    /// A packet without a batch.
    pub(super) fn sign(&mut self) -> Vec<u8> {
        let mut packet = Vec::with_capacity(Trailer::LENGTH);
        self.complete(&mut packet);
        packet
    }

    /// From now on it is to say at once what it takes.
    pub(super) const fn hurry(&mut self) {
        self.is_urgent = true;
    }

    /// Whether it has taken everything, or is not going to.
    pub(super) fn is_finished(&self) -> bool {
        self.standing != Standing::Met || (self.waiting.is_empty() && self.taken == self.sent)
    }

    fn complete(&mut self, packet: &mut Vec<u8>) {
        self.spoken = Instant::now();
        let Self { sent, is_urgent, .. } = *self;
        Trailer { position: sent, taken: self.gate.tell(), is_urgent }.append(packet);
    }
}
