//! Sampling: which messages are recorded.

use std::sync::atomic::{AtomicU64, Ordering};

/// One in this many, picked at random. If every second message was picked and two processes sent in turn, one of the two
/// would never be shown.
#[derive(Debug)]
pub(super) struct Sampling {
    one_in: AtomicU64,
    /// Used by the program's thread only.
    random: AtomicU64,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { one_in: AtomicU64::new(1), random: AtomicU64::new(0x9e37_79b9_7f4a_7c15) }
    }
}

impl Sampling {
    pub(super) fn set(&self, one_in: u64) {
        self.one_in.store(one_in.max(1), Ordering::Relaxed);
    }

    /// Whether the next message is recorded.
    pub(super) fn is_picked(&self) -> bool {
        let one_in = self.one_in.load(Ordering::Relaxed);
        one_in == 1 || self.random().is_multiple_of(one_in)
    }

    /// A xorshift generator, which is good enough here: it only decides which messages are shown.
    fn random(&self) -> u64 {
        let mut random = self.random.load(Ordering::Relaxed);
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        self.random.store(random, Ordering::Relaxed);
        random >> 11
    }
}
