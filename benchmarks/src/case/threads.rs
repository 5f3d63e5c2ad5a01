//! More than one thread: a nested VM on one of its own, beside the same one in place, and grounds on one each, joined by
//! a link or behind one port. What crossing costs, and what it gains.
//!
//! Time is by the wall clock, and what other programs do shows in it. A nested VM's thread is a trial: see `elsewhere.rs`.

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
