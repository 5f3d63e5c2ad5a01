//! Sampling: which messages are written of.

use std::sync::atomic::{AtomicU64, Ordering};

/// One in so many, picked at random, since every second of two that take turns would always be the same one.
#[derive(Debug)]
pub(super) struct Sampling {
    one_in: AtomicU64,
    /// Of the program's thread alone.
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

    /// Whether the next message is one of them.
    pub(super) fn is_picked(&self) -> bool {
        let one_in = self.one_in.load(Ordering::Relaxed);
        one_in == 1 || self.random().is_multiple_of(one_in)
    }

    /// A xorshift generator: what it gives decides nothing but what is shown.
    fn random(&self) -> u64 {
        let mut random = self.random.load(Ordering::Relaxed);
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        self.random.store(random, Ordering::Relaxed);
        random >> 11
    }
}
