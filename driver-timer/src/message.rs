//! The messages by which timers are set, expire, and are cancelled.

use std::time::{Duration, SystemTime};

use marketplace_core::{Message, Value};

/// Sets a timer: at the deadline, the driver sends one [`TimerExpired`] with the same label.
///
/// Subscribe to that `TimerExpired` before sending this message. The timers of a label belong to the participants that
/// subscribe to `TimerExpired` with exactly this label. When the last of them is removed, the pending timers of the
/// label are cancelled.
///
/// (`set-timer` in the original.)
///
/// # Examples
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use driver_timer::{Deadline, SetTimer};
///
/// let timer = SetTimer::after("tea", Duration::from_secs(180));
/// assert_eq!(timer.deadline, Deadline::After(Duration::from_secs(180)));
///
/// let midnight = SystemTime::UNIX_EPOCH;
/// assert_eq!(SetTimer::at("party", midnight).deadline, Deadline::At(midnight));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Message)]
pub struct SetTimer {
    /// Any value that identifies the timer. All processes of a VM share the labels. [`Value::unique`] makes a label
    /// that no other process uses. Several timers with one label expire independently, but are cancelled together.
    pub label: Value,
    /// When the timer expires.
    pub deadline: Deadline,
}

/// The time at which a timer expires. No timer expires earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Message)]
pub enum Deadline {
    /// This long after the driver has received the message, by the monotonic clock, which cannot be set. With a zero
    /// duration the timer expires at once, which is a way to read the clock. (`'relative` in the original.)
    After(Duration),
    /// At this time by the wall clock. If the wall clock is set, the driver notices it within a second. A timer whose
    /// time has passed expires at once. (`'absolute` in the original.)
    At(SystemTime),
}

/// A timer has expired. Subscribe to it with the label of the timer.
///
/// (`timer-expired` in the original.)
///
/// # Examples
///
/// ```
/// use driver_timer::{SetTimer, TimerExpired};
/// use marketplace_core::{Spawn, topic};
/// use std::time::Duration;
///
/// let waiter = Spawn::new((), |(), cx| {
///     cx.subscriber(topic!(TimerExpired { label: "tea".into(), .. }))
///         .on_message(|(), _, expired| println!("ready at {:?}", expired.time));
///     cx.send(SetTimer::after("tea", Duration::from_secs(180)));
/// });
/// # let _ = waiter;
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Message)]
pub struct TimerExpired {
    /// The label of the timer.
    pub label: Value,
    /// The time by the wall clock when the driver sent this message. Patterns cannot match on it, so a topic is always
    /// about all timers of a label.
    #[message(skip)]
    pub time: SystemTime,
}

/// Cancels all pending timers of a label in this VM. It does nothing if there is none.
///
/// A `TimerExpired` that the driver has already sent is still delivered.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
pub struct CancelTimer {
    /// The label of the timers.
    pub label: Value,
}

impl SetTimer {
    /// A timer that expires after this delay, by the monotonic clock.
    pub fn after(label: impl Into<Value>, delay: Duration) -> Self {
        Self { label: label.into(), deadline: Deadline::After(delay) }
    }

    /// A timer that expires at this time, by the wall clock.
    pub fn at(label: impl Into<Value>, time: SystemTime) -> Self {
        Self { label: label.into(), deadline: Deadline::At(time) }
    }
}

impl CancelTimer {
    /// A message that cancels all pending timers of the label.
    pub fn new(label: impl Into<Value>) -> Self {
        Self { label: label.into() }
    }
}
