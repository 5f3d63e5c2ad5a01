//! The pending timers, ordered by deadline and indexed by label. The current time is a parameter.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::mem;
use std::time::{Duration, SystemTime};

use hashbrown::HashTable;
use hashbrown::hash_table::OccupiedEntry;
use marketplace_core::Value;

use crate::clock::Now;
use crate::message::Deadline;

#[cfg(test)]
mod tests;

/// How often the wall clock is checked while an absolute timer is pending. A change of the clock is noticed within this
/// time.
const WALL_CHECK: Duration = Duration::from_millis(500);

/// The pending timers. Setting, expiring or cancelling one takes logarithmic time in their number.
#[derive(Default)]
pub(crate) struct Timers {
    /// How many timers have been set so far, which is also the number of the last one.
    count: u64,
    queues: Queues,
    /// The timers by the hashes of their labels. The labels themselves are only in the queues, which saves memory.
    labels: HashTable<LabelEntry>,
    hasher: RandomState,
}

/// The labels in the order in which their timers are due.
#[derive(Default)]
struct Queues {
    /// The relative timers.
    monotonic: Queue<Nanoseconds>,
    /// The absolute timers.
    wall: Queue<SystemTime>,
}

/// Labels by deadline and number. Timers with equal deadlines are in the order in which they were set.
type Queue<Time> = BTreeMap<(Time, u64), Value>;

/// The timers of one label.
struct LabelEntry {
    digest: u64,
    due_times: DueTimes,
}

/// The due times of a label's timers, by their numbers.
enum DueTimes {
    /// The usual case.
    One(u64, DueTime),
    #[expect(clippy::box_collection, reason = "so that it needs no more memory than `One`")]
    Several(Box<BTreeMap<u64, DueTime>>),
}

/// When a timer is due, by the monotonic clock or by the wall clock.
#[derive(Clone, Copy)]
enum DueTime {
    Monotonic(Nanoseconds),
    Wall(SystemTime),
}

/// A time by the monotonic clock. It needs half the memory of a [`Duration`].
type Nanoseconds = u64;

/// A time that is never reached: more than five centuries after the start of the clock.
const NEVER: Nanoseconds = u64::MAX;

fn nanoseconds(time: Duration) -> Nanoseconds {
    time.as_nanos().try_into().unwrap_or(NEVER)
}

impl Timers {
    /// Adds a timer. If its deadline is too far in the future to be represented, it never expires.
    pub(crate) fn set(&mut self, label: &Value, deadline: Deadline, now: Now) {
        self.count += 1;
        let due = match deadline {
            Deadline::After(delay) => DueTime::Monotonic(nanoseconds(now.monotonic.saturating_add(delay))),
            Deadline::At(time) => DueTime::Wall(time),
        };
        let number = self.count;
        let digest = self.hasher.hash_one(label);
        match self.find(label, digest) {
            Some(mut found) => found.get_mut().due_times.insert(number, due),
            None => {
                let entry = LabelEntry { digest, due_times: DueTimes::One(number, due) };
                self.labels.insert_unique(digest, entry, |entry| entry.digest);
            }
        }
        self.queues.insert(due, number, label.clone());
    }

    /// Removes the timer that has been due for the longest time, and returns its label. Of several, it is the timer
    /// that was set first.
    pub(crate) fn pop_due(&mut self, now: Now) -> Option<Value> {
        let (number, label) = self.queues.pop_due(now)?;
        let digest = self.hasher.hash_one(&label);
        // Numbers are unique, so the number is enough to find the entry.
        let matches = |entry: &LabelEntry| entry.digest == digest && entry.due_times.contain(number);
        if let Ok(mut found) = self.labels.find_entry(digest, matches)
            && found.get_mut().due_times.remove_is_last(number)
        {
            found.remove();
        }
        Some(label)
    }

    /// Removes all timers of a label.
    pub(crate) fn cancel(&mut self, label: &Value) {
        let digest = self.hasher.hash_one(label);
        let Some(found) = self.find(label, digest) else { return };
        match found.remove().0.due_times {
            DueTimes::One(number, due) => drop(self.queues.remove(due, number)),
            DueTimes::Several(due_times) => {
                for (number, due) in *due_times {
                    self.queues.remove(due, number);
                }
            }
        }
    }

    /// The time, by the monotonic clock, when the next timer is due or the wall clock must be checked.
    pub(crate) fn next_wakeup(&self, now: Now) -> Option<Duration> {
        let wakeup = |(due, _): (DueTime, u64)| due.next_wakeup(now);
        match (self.queues.next_monotonic().map(wakeup), self.queues.next_wall().map(wakeup)) {
            (Some(monotonic), Some(wall)) => Some(monotonic.min(wall)),
            (monotonic, wall) => monotonic.or(wall),
        }
    }

    fn find(&mut self, label: &Value, digest: u64) -> Option<OccupiedEntry<'_, LabelEntry>> {
        let Self { queues, labels, .. } = self;
        let matches =
            |entry: &LabelEntry| entry.digest == digest && entry.due_times.label(queues) == Some(label);
        labels.find_entry(digest, matches).ok()
    }
}

impl Queues {
    fn insert(&mut self, due: DueTime, number: u64, label: Value) {
        match due {
            DueTime::Monotonic(time) => self.monotonic.insert((time, number), label),
            DueTime::Wall(time) => self.wall.insert((time, number), label),
        };
    }

    fn get(&self, due: DueTime, number: u64) -> Option<&Value> {
        match due {
            DueTime::Monotonic(time) => self.monotonic.get(&(time, number)),
            DueTime::Wall(time) => self.wall.get(&(time, number)),
        }
    }

    fn remove(&mut self, due: DueTime, number: u64) -> Option<Value> {
        match due {
            DueTime::Monotonic(time) => self.monotonic.remove(&(time, number)),
            DueTime::Wall(time) => self.wall.remove(&(time, number)),
        }
    }

    /// Removes the timer that has been due for the longest time, and returns its number and label. Of several, it is
    /// the timer that was set first.
    fn pop_due(&mut self, now: Now) -> Option<(u64, Value)> {
        let late = |(due, number): (DueTime, u64)| Some((due.lateness(now)?, Reverse(number)));
        let (monotonic, wall) = (self.next_monotonic().and_then(late), self.next_wall().and_then(late));
        // `None`, for a timer that is not due, is less than any `Some`. No two numbers are equal.
        if monotonic > wall {
            self.monotonic.pop_first().map(|((_, number), label)| (number, label))
        } else if wall.is_some() {
            self.wall.pop_first().map(|((_, number), label)| (number, label))
        } else {
            None
        }
    }

    /// The due time and the number of the next relative timer.
    fn next_monotonic(&self) -> Option<(DueTime, u64)> {
        self.monotonic.first_key_value().map(|((time, number), _)| (DueTime::Monotonic(*time), *number))
    }

    /// The due time and the number of the next absolute timer.
    fn next_wall(&self) -> Option<(DueTime, u64)> {
        self.wall.first_key_value().map(|((time, number), _)| (DueTime::Wall(*time), *number))
    }
}

impl DueTimes {
    /// The label that all of them have.
    fn label<'a>(&self, queues: &'a Queues) -> Option<&'a Value> {
        let (number, due) = match self {
            Self::One(number, due) => (number, due),
            Self::Several(due_times) => due_times.first_key_value()?,
        };
        queues.get(*due, *number)
    }

    fn insert(&mut self, number: u64, due: DueTime) {
        let mut several = match mem::replace(self, Self::Several(Box::default())) {
            Self::One(first, first_due) => Box::new(BTreeMap::from([(first, first_due)])),
            Self::Several(several) => several,
        };
        several.insert(number, due);
        *self = Self::Several(several);
    }

    fn contain(&self, number: u64) -> bool {
        match self {
            Self::One(one, _) => *one == number,
            Self::Several(several) => several.contains_key(&number),
        }
    }

    /// Removes a timer, and returns whether it was the last one.
    fn remove_is_last(&mut self, number: u64) -> bool {
        match self {
            Self::One(one, _) => *one == number,
            Self::Several(several) => {
                several.remove(&number);
                several.is_empty()
            }
        }
    }
}

impl DueTime {
    /// For how long the timer has been due, or `None` if it is not due yet.
    fn lateness(self, now: Now) -> Option<Duration> {
        match self {
            Self::Monotonic(NEVER) => None,
            Self::Monotonic(time) => now.monotonic.checked_sub(Duration::from_nanos(time)),
            Self::Wall(time) => now.wall.duration_since(time).ok(),
        }
    }

    fn next_wakeup(self, now: Now) -> Duration {
        match self {
            Self::Monotonic(NEVER) => Duration::MAX,
            Self::Monotonic(time) => Duration::from_nanos(time),
            Self::Wall(time) => {
                let wait = time.duration_since(now.wall).unwrap_or_default();
                now.monotonic.saturating_add(wait.min(WALL_CHECK))
            }
        }
    }
}
