//! One clock for all deadlines: it is set to the next of them, and set anew only where a nearer one comes.

use std::collections::BTreeSet;
use std::task::{Context, Poll};
use std::time::Instant;

use futures::FutureExt;

use super::place::Key;
use super::runtime::Timer;

pub(super) struct Deadlines {
    all: BTreeSet<(Instant, Key)>,
    timer: Timer,
    /// When the timer goes off.
    set: Option<Instant>,
}

impl Deadlines {
    pub(super) fn new() -> Self {
        Self { all: BTreeSet::new(), timer: Timer::never(), set: None }
    }

    /// Has `key` wait for another time than before, or no longer.
    pub(super) fn change(&mut self, key: Key, before: Option<Instant>, now: Option<Instant>) {
        if let Some(before) = before {
            self.all.remove(&(before, key));
        }
        if let Some(now) = now {
            self.all.insert((now, key));
        }
    }

    /// The next deadline that has passed; otherwise the task is woken when one has.
    pub(super) fn poll_passed(&mut self, cx: &mut Context<'_>) -> Poll<(Instant, Key)> {
        while let Some((first, _)) = self.all.first() {
            if self.set.is_none_or(|set| *first < set) {
                self.timer.set_at(*first);
                self.set = Some(*first);
            }
            if self.timer.poll_unpin(cx).is_pending() {
                return Poll::Pending;
            }
            // Off it goes, maybe for a deadline that is no more.
            self.set = None;
            if *first <= Instant::now() {
                return self.all.pop_first().map_or(Poll::Pending, Poll::Ready);
            }
        }
        Poll::Pending
    }
}
