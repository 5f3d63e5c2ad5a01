//! The pending timers, by deadline and by label. Knows no clock: it is told what time it is.

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

/// How often the wall clock is looked at while it counts: at most this long after it was set, that shows.
const WALL_CHECK: Duration = Duration::from_millis(500);

/// The pending timers. To set, fire or cancel one takes logarithmic time in their number.
#[derive(Default)]
pub(crate) struct Timers {
    /// How many have been set so far: the number of the last.
    set: u64,
    queues: Queues,
    /// By the digests of their labels. The labels themselves are in the queues alone, which saves memory.
    labels: HashTable<OfLabel>,
    keys: RandomState,
}

/// The labels in the order in which their timers are due.
#[derive(Default)]
struct Queues {
    /// Of those that count by the monotonic clock.
    monotonic: Queue<Nanoseconds>,
    /// Of those that count by the wall clock.
    wall: Queue<SystemTime>,
}

/// By deadline and number: of equal deadlines, the one that was set first comes first.
type Queue<Time> = BTreeMap<(Time, u64), Value>;

/// The timers of one label.
struct OfLabel {
    digest: u64,
    dues: Dues,
}

/// When they are due, by their numbers.
enum Dues {
    /// As most labels have it.
    One(u64, Due),
    #[expect(clippy::box_collection, reason = "it takes no more room than one")]
    Several(Box<BTreeMap<u64, Due>>),
}

/// When a timer is due, by the clock that counts for it.
#[derive(Clone, Copy)]
enum Due {
    Monotonic(Nanoseconds),
    Wall(SystemTime),
}

/// Time by the monotonic clock, in half the room of a [`Duration`].
type Nanoseconds = u64;

/// More than five centuries after the clock was made.
const NEVER: Nanoseconds = u64::MAX;

fn nanoseconds(time: Duration) -> Nanoseconds {
    time.as_nanos().try_into().unwrap_or(NEVER)
}

impl Timers {
    /// Adds a timer. One whose deadline is too far off to be represented waits for ever.
    pub(crate) fn set(&mut self, label: &Value, deadline: Deadline, now: Now) {
        self.set += 1;
        let due = match deadline {
            Deadline::After(delay) => Due::Monotonic(nanoseconds(now.monotonic.saturating_add(delay))),
            Deadline::At(time) => Due::Wall(time),
        };
        let number = self.set;
        let digest = self.keys.hash_one(label);
        match self.find(label, digest) {
            Some(mut found) => found.get_mut().dues.insert(number, due),
            None => {
                let of_label = OfLabel { digest, dues: Dues::One(number, due) };
                self.labels.insert_unique(digest, of_label, |of_label| of_label.digest);
            }
        }
        self.queues.insert(due, number, label.clone());
    }

    /// Takes the label of the timer that has been due for longest; of several, of the one that was set first.
    pub(crate) fn take_due(&mut self, now: Now) -> Option<Value> {
        let (number, label) = self.queues.take_due(now)?;
        let digest = self.keys.hash_one(&label);
        // Numbers are unique, so the number alone tells whose it is.
        let is_it = |of_label: &OfLabel| of_label.digest == digest && of_label.dues.contain(number);
        if let Ok(mut found) = self.labels.find_entry(digest, is_it)
            && found.get_mut().dues.remove_is_last(number)
        {
            found.remove();
        }
        Some(label)
    }

    /// Removes all timers of a label.
    pub(crate) fn cancel(&mut self, label: &Value) {
        let digest = self.keys.hash_one(label);
        let Some(found) = self.find(label, digest) else { return };
        match found.remove().0.dues {
            Dues::One(number, due) => drop(self.queues.remove(due, number)),
            Dues::Several(dues) => {
                for (number, due) in *dues {
                    self.queues.remove(due, number);
                }
            }
        }
    }

    /// When the next timer is due or the wall clock is to be looked at, by the monotonic clock.
    pub(crate) fn next_look(&self, now: Now) -> Option<Duration> {
        let look = |(due, _): (Due, u64)| due.next_look(now);
        match (self.queues.next_monotonic().map(look), self.queues.next_wall().map(look)) {
            (Some(monotonic), Some(wall)) => Some(monotonic.min(wall)),
            (monotonic, wall) => monotonic.or(wall),
        }
    }

    fn find(&mut self, label: &Value, digest: u64) -> Option<OccupiedEntry<'_, OfLabel>> {
        let Self { queues, labels, .. } = self;
        let is_it =
            |of_label: &OfLabel| of_label.digest == digest && of_label.dues.label(queues) == Some(label);
        labels.find_entry(digest, is_it).ok()
    }
}

impl Queues {
    fn insert(&mut self, due: Due, number: u64, label: Value) {
        match due {
            Due::Monotonic(time) => self.monotonic.insert((time, number), label),
            Due::Wall(time) => self.wall.insert((time, number), label),
        };
    }

    fn get(&self, due: Due, number: u64) -> Option<&Value> {
        match due {
            Due::Monotonic(time) => self.monotonic.get(&(time, number)),
            Due::Wall(time) => self.wall.get(&(time, number)),
        }
    }

    fn remove(&mut self, due: Due, number: u64) -> Option<Value> {
        match due {
            Due::Monotonic(time) => self.monotonic.remove(&(time, number)),
            Due::Wall(time) => self.wall.remove(&(time, number)),
        }
    }

    /// Takes the timer that has been due for longest, of several the one that was set first: its number and label.
    fn take_due(&mut self, now: Now) -> Option<(u64, Value)> {
        let late = |(due, number): (Due, u64)| Some((due.lateness(now)?, Reverse(number)));
        let (monotonic, wall) = (self.next_monotonic().and_then(late), self.next_wall().and_then(late));
        // What is not due is less than anything that is, and no two numbers are equal.
        if monotonic > wall {
            self.monotonic.pop_first().map(|((_, number), label)| (number, label))
        } else if wall.is_some() {
            self.wall.pop_first().map(|((_, number), label)| (number, label))
        } else {
            None
        }
    }

    /// The next timer that counts by the monotonic clock: when it is due, and its number.
    fn next_monotonic(&self) -> Option<(Due, u64)> {
        self.monotonic.first_key_value().map(|((time, number), _)| (Due::Monotonic(*time), *number))
    }

    /// The next timer that counts by the wall clock: when it is due, and its number.
    fn next_wall(&self) -> Option<(Due, u64)> {
        self.wall.first_key_value().map(|((time, number), _)| (Due::Wall(*time), *number))
    }
}

impl Dues {
    /// The label of all of them.
    fn label<'a>(&self, queues: &'a Queues) -> Option<&'a Value> {
        let (number, due) = match self {
            Self::One(number, due) => (number, due),
            Self::Several(dues) => dues.first_key_value()?,
        };
        queues.get(*due, *number)
    }

    fn insert(&mut self, number: u64, due: Due) {
        let mut several = match mem::replace(self, Self::Several(Box::default())) {
            Self::One(first, its_due) => Box::new(BTreeMap::from([(first, its_due)])),
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

    /// Removes a timer; whether it was the last.
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

impl Due {
    /// For how long this has been due, if it is.
    fn lateness(self, now: Now) -> Option<Duration> {
        match self {
            Self::Monotonic(NEVER) => None,
            Self::Monotonic(time) => now.monotonic.checked_sub(Duration::from_nanos(time)),
            Self::Wall(time) => now.wall.duration_since(time).ok(),
        }
    }

    fn next_look(self, now: Now) -> Duration {
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
