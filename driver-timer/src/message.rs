//! The vocabulary: timers are set, expire, and are cancelled.

use std::time::{Duration, SystemTime};

use marketplace_core::{Message, Value};

/// Asks for a [`TimerExpired`] of the same label, once, at a deadline.
///
/// A label's timers belong to the participants that subscribe to `TimerExpired` of that very label: when the
/// last of them goes, the pending ones are cancelled.
///
/// (`set-timer` in the original.)
#[derive(Clone, Debug, PartialEq, Eq, Message)]
pub struct SetTimer {
    /// Any value, chosen with care: the processes of a VM share the labels. Timers of one label are
    /// independent but for being cancelled together.
    pub label: Value,
    /// When the timer is to expire.
    pub deadline: Deadline,
}

/// When a timer is to expire. It never does so earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Message)]
pub enum Deadline {
    /// A time after the driver has taken the request, on the monotonic clock, which nobody can set. With no
    /// time at all the answer comes at once, which is how to read the clock. (`'relative` in the original.)
    After(Duration),
    /// When the wall clock says so; its being set is noticed within a second. A time that has passed is
    /// answered at once. (`'absolute` in the original.)
    At(SystemTime),
}

/// A timer has expired. (`timer-expired` in the original.)
#[derive(Clone, Debug, PartialEq, Eq, Message)]
pub struct TimerExpired {
    /// The timer's.
    pub label: Value,
    /// The time by the wall clock when the driver answered; never matched on, so that whose the timers are is
    /// a matter of the label alone.
    #[message(skip)]
    pub time: SystemTime,
}

/// Cancels every pending timer of a label in this VM. If there is none, it does nothing.
///
/// A `TimerExpired` that the driver has sent already is still delivered.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
pub struct CancelTimer {
    /// The timers'.
    pub label: Value,
}

impl SetTimer {
    /// A timer that expires once this much time has passed.
    pub fn after(label: impl Into<Value>, delay: Duration) -> Self {
        Self { label: label.into(), deadline: Deadline::After(delay) }
    }

    /// A timer that expires at a time by the wall clock.
    pub fn at(label: impl Into<Value>, time: SystemTime) -> Self {
        Self { label: label.into(), deadline: Deadline::At(time) }
    }
}

impl CancelTimer {
    /// Cancels every pending timer of a label.
    pub fn new(label: impl Into<Value>) -> Self {
        Self { label: label.into() }
    }
}
