//! A nested VM on a thread of its own, beside the same one in place: what crossing costs, and what it gains. And two
//! grounds on a thread each, beside one.
//!
//! Time is by the wall clock, and what other programs do shows in it. The thread is a trial: see `elsewhere.rs`.

pub(super) mod chat;
pub(super) mod crossing;
pub(super) mod echo;
pub(super) mod rooms;

use std::time::{Duration, Instant};

use crate::clock::Stopwatch;
use crate::figure::Figure;

/// By which a program times itself.
struct Clocks {
    wall: Instant,
    processor: Stopwatch,
}

/// How long something took, and how much processor time, in all threads.
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
