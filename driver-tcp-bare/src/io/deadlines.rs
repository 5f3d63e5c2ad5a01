//! All deadlines of the sockets, with one timer. The timer is set to the first deadline, and set again only for an
//! earlier one.

use std::collections::BTreeSet;
use std::task::{Context, Poll};
use std::time::Instant;

use futures::FutureExt;

use super::runtime::Timer;
use super::slot::Key;

pub(super) struct Deadlines {
    all: BTreeSet<(Instant, Key)>,
    timer: Timer,
    /// The time to which the timer is set.
    set: Option<Instant>,
}

impl Deadlines {
    pub(super) fn new() -> Self {
        Self { all: BTreeSet::new(), timer: Timer::never(), set: None }
    }

    /// Changes the deadline of `key`, or removes it.
    pub(super) fn change(&mut self, key: Key, before: Option<Instant>, now: Option<Instant>) {
        if let Some(before) = before {
            self.all.remove(&(before, key));
        }
        if let Some(now) = now {
            self.all.insert((now, key));
        }
    }

    /// Removes and returns the next deadline that has passed. If none has, the task is woken later.
    pub(super) fn poll_passed(&mut self, cx: &mut Context<'_>) -> Poll<(Instant, Key)> {
        while let Some((first, _)) = self.all.first() {
            if self.set.is_none_or(|set| *first < set) {
                self.timer.set_at(*first);
                self.set = Some(*first);
            }
            if self.timer.poll_unpin(cx).is_pending() {
                return Poll::Pending;
            }
            // The timer may have been set for a deadline that has been removed.
            self.set = None;
            if *first <= Instant::now() {
                return self.all.pop_first().map_or(Poll::Pending, Poll::Ready);
            }
        }
        Poll::Pending
    }
}
