//! More than one thread: what it costs to cross from one thread to another, and what it gains.
//!
//! A nested VM has a thread of its own and is compared with the same VM on the ground's thread. Or each of several
//! grounds has a thread, and a link joins them, or they share a port. Times are wall-clock times, which other programs
//! affect. A nested VM with a thread of its own is an experiment: see `elsewhere.rs`.

pub(super) mod chat;
pub(super) mod crossing;
pub(super) mod echo;
mod joined;
pub(super) mod link;
pub(super) mod link_chat;
pub(super) mod link_flood;
pub(super) mod rooms;

use std::time::{Duration, Instant};

use crate::clock::Stopwatch;
use crate::figure::Figure;

/// The clocks by which a program times itself.
struct Clocks {
    wall: Instant,
    processor: Stopwatch,
}

/// How long something took, and how much processor time it used in all threads.
struct Times {
    wall: Duration,
    processor: Duration,
}

impl Clocks {
    fn start() -> Self {
        Self { wall: Instant::now(), processor: Stopwatch::start() }
    }

    fn elapsed(&self) -> Times {
        Times { wall: self.wall.elapsed(), processor: self.processor.elapsed() }
    }
}

impl Times {
    fn figures(&self, what: &str, count: u64) -> Vec<Figure> {
        vec![
            Figure::nanoseconds_each(what, count, self.wall),
            Figure::nanoseconds_each("processor time", count, self.processor),
        ]
    }
}
