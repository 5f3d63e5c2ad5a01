//! The processes that have left and are still shown for a while.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::frame::Number;

/// How long a process is shown after it has left, and after it has failed.
const LEFT: Duration = Duration::from_secs(30);
const FAILED: Duration = Duration::from_secs(300);
/// The most of them in one program.
const MOST: usize = 200;

#[derive(Debug, Default)]
pub(super) struct Departed(VecDeque<One>);

#[derive(Debug)]
struct One {
    number: Number,
    at: Instant,
    has_failed: bool,
}

impl Departed {
    /// Adds a process. Returns the process to forget if there are too many, preferably one that has not failed.
    pub(super) fn add(&mut self, number: Number, at: Instant, has_failed: bool) -> Option<Number> {
        self.0.push_back(One { number, at, has_failed });
        if self.0.len() <= MOST {
            return None;
        }
        let first = self.0.iter().position(|one| !one.has_failed).unwrap_or(0);
        Some(self.0.remove(first)?.number)
    }

    /// The times at which they left, in rising order.
    pub(super) fn times(&self) -> impl Iterator<Item = Instant> {
        self.0.iter().map(|one| one.at)
    }

    /// Removes those that have been shown long enough, and returns them.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<Number> {
        let mut expired = Vec::new();
        self.0.retain(|one| {
            let time = if one.has_failed { FAILED } else { LEFT };
            let stays = now.saturating_duration_since(one.at) < time;
            if !stays {
                expired.push(one.number);
            }
            stays
        });
        expired
    }
}
