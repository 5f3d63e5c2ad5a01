//! The pending timers, by deadline and by label. Knows no clock: it is told what time it is.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound::{Excluded, Unbounded};
use std::time::{Duration, SystemTime};

use marketplace_core::Value;

use crate::clock::Now;
use crate::message::Deadline;

#[cfg(test)]
mod tests;

/// How often the wall clock is looked at while it counts: at most this long after it was set, that shows.
const WALL_CHECK: Duration = Duration::from_millis(500);

/// The pending timers. To set, fire or cancel one takes logarithmic time in their number.
#[derive(Default)]
pub(crate) struct Timers {
    /// How many have been set so far.
    set: u64,
    queue: BTreeMap<Place, Value>,
    /// The number of each label that has timers.
    labels: HashMap<Value, u64>,
    /// The places of each label's timers, under the label's number.
    places: BTreeSet<(u64, Place)>,
}

/// A timer's place in the queue: of equal deadlines, the one that was set first comes first.
type Place = (Due, u64);

/// When a timer is due, by the clock that counts for it; those of the monotonic one come first in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Monotonic(Duration),
    Wall(SystemTime),
}

const FIRST_PLACE: Place = (Due::Monotonic(Duration::ZERO), 0);
const LAST_MONOTONIC: Place = (Due::Monotonic(Duration::MAX), u64::MAX);

impl Timers {
    /// Adds a timer. One whose deadline is too far off to be represented waits for ever.
    pub(crate) fn set(&mut self, label: &Value, deadline: Deadline, now: Now) {
        let due = match deadline {
            Deadline::After(delay) => Due::Monotonic(now.monotonic.saturating_add(delay)),
            Deadline::At(time) => Due::Wall(time),
        };
        self.set += 1;
        let place = (due, self.set);
        let number = *self.labels.entry(label.clone()).or_insert(self.set);
        self.places.insert((number, place));
        self.queue.insert(place, label.clone());
    }

    /// Takes the label of the timer that has been due for longest; of several, of the one that was set first.
    pub(crate) fn take_due(&mut self, now: Now) -> Option<Value> {
        let firsts = [self.first_monotonic(), self.first_wall()].into_iter().flatten();
        let due = firsts.filter_map(|place| Some((place.0.lateness(now)?, Reverse(place.1), place)));
        let (_, _, place) = due.max()?;
        let label = self.queue.remove(&place)?;
        self.forget(&label, place);
        Some(label)
    }

    /// Removes all timers of a label.
    pub(crate) fn cancel(&mut self, label: &Value) {
        let Some(number) = self.labels.remove(label) else { return };
        while let Some(place) = self.first_of(number) {
            self.places.remove(&(number, place));
            self.queue.remove(&place);
        }
    }

    /// When the next timer is due or the wall clock is to be looked at, by the monotonic clock.
    pub(crate) fn next_look(&self, now: Now) -> Option<Duration> {
        let places = [self.first_monotonic(), self.first_wall()];
        places.into_iter().flatten().map(|(due, _)| due.next_look(now)).min()
    }

    fn first_monotonic(&self) -> Option<Place> {
        self.queue.range(..=LAST_MONOTONIC).next().map(|(place, _)| *place)
    }

    fn first_wall(&self) -> Option<Place> {
        self.queue.range((Excluded(LAST_MONOTONIC), Unbounded)).next().map(|(place, _)| *place)
    }

    fn first_of(&self, number: u64) -> Option<Place> {
        let (owner, place) = *self.places.range((number, FIRST_PLACE)..).next()?;
        (owner == number).then_some(place)
    }

    fn forget(&mut self, label: &Value, place: Place) {
        let Some(&number) = self.labels.get(label) else { return };
        self.places.remove(&(number, place));
        if self.first_of(number).is_none() {
            self.labels.remove(label);
        }
    }
}

impl Due {
    /// For how long this has been due, if it is.
    fn lateness(self, now: Now) -> Option<Duration> {
        match self {
            Self::Monotonic(time) => now.monotonic.checked_sub(time),
            Self::Wall(time) => now.wall.duration_since(time).ok(),
        }
    }

    fn next_look(self, now: Now) -> Duration {
        match self {
            Self::Monotonic(time) => time,
            Self::Wall(time) => {
                let wait = time.duration_since(now.wall).unwrap_or_default();
                now.monotonic.saturating_add(wait.min(WALL_CHECK))
            }
        }
    }
}
