//! Those who have left, and are shown for a while.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::frame::Number;

/// How long somebody is shown who has left, and somebody who has failed.
const LEFT: Duration = Duration::from_secs(30);
const FAILED: Duration = Duration::from_secs(300);
/// How many of a program are.
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
    /// Adds somebody; who is to be forgotten for that, if anybody: rather one who has not failed.
    pub(super) fn add(&mut self, number: Number, at: Instant, has_failed: bool) -> Option<Number> {
        self.0.push_back(One { number, at, has_failed });
        if self.0.len() <= MOST {
            return None;
        }
        let first = self.0.iter().position(|one| !one.has_failed).unwrap_or(0);
        Some(self.0.remove(first)?.number)
    }

    /// When they left, the first to leave first.
    pub(super) fn times(&self) -> impl Iterator<Item = Instant> {
        self.0.iter().map(|one| one.at)
    }

    /// Those whose time is over.
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
