//! The timers compared with a simple model: random settings, cancellations and changes of the clocks.

use std::time::{Duration, SystemTime};

use marketplace_core::Value;
use proptest::prelude::*;

use super::{DueTimes, LabelEntry, Timers, WALL_CHECK};
use crate::clock::Now;
use crate::message::Deadline;

/// All timers in a list.
#[derive(Default)]
struct Model {
    set: usize,
    pending: Vec<(usize, u8, Deadline)>,
}

#[derive(Clone, Debug)]
enum Op {
    Set(u8, Deadline),
    Cancel(u8),
    /// Time passes, and the wall clock is set forward and back.
    Pass(Duration, Duration, Duration),
    TakeDue,
}

impl Model {
    fn set(&mut self, label: u8, deadline: Deadline, now: Now) {
        let deadline = match deadline {
            Deadline::After(delay) => Deadline::After(now.monotonic + delay),
            Deadline::At(time) => Deadline::At(time),
        };
        self.set += 1;
        self.pending.push((self.set, label, deadline));
    }

    fn cancel(&mut self, label: u8) {
        self.pending.retain(|(_, other, _)| *other != label);
    }

    fn pop_due(&mut self, now: Now) -> Option<u8> {
        let late = |deadline| match deadline {
            Deadline::After(time) => now.monotonic.checked_sub(time),
            Deadline::At(time) => now.wall.duration_since(time).ok(),
        };
        let latest = self.pending.iter().filter_map(|(_, _, deadline)| late(*deadline)).max()?;
        let found = self.pending.iter().position(|(_, _, deadline)| late(*deadline) == Some(latest))?;
        Some(self.pending.remove(found).1)
    }

    fn next_wakeup(&self, now: Now) -> Option<Duration> {
        let looks = self.pending.iter().map(|(_, _, deadline)| match *deadline {
            Deadline::After(time) => time,
            Deadline::At(time) => {
                now.monotonic + time.duration_since(now.wall).unwrap_or_default().min(WALL_CHECK)
            }
        });
        looks.min()
    }
}

fn start() -> Now {
    let wall = SystemTime::UNIX_EPOCH + Duration::from_secs(1000);
    Now { monotonic: Duration::from_secs(10), wall }
}

/// A short time. There are few different ones, so that many are equal.
fn tick() -> impl Strategy<Value = Duration> {
    (0_u64..8).prop_map(|ticks| Duration::from_millis(200 * ticks))
}

fn op() -> impl Strategy<Value = Op> {
    let deadline = prop_oneof![
        tick().prop_map(Deadline::After),
        tick().prop_map(|time| Deadline::At(start().wall + time)),
    ];
    let label = 0_u8..5;
    prop_oneof![
        4 => (label.clone(), deadline).prop_map(|(label, deadline)| Op::Set(label, deadline)),
        1 => label.prop_map(Op::Cancel),
        1 => (tick(), tick(), tick()).prop_map(|(time, forward, back)| Op::Pass(time, forward, back)),
        3 => Just(Op::TakeDue),
    ]
}

/// Applies the operations to both, and compares the results. Returns how many timers are left.
fn run(timers: &mut Timers, ops: Vec<Op>) -> Result<usize, TestCaseError> {
    let (mut model, mut now) = (Model::default(), start());
    for op in ops {
        match op {
            Op::Set(label, deadline) => {
                timers.set(&label.into(), deadline, now);
                model.set(label, deadline, now);
            }
            Op::Cancel(label) => {
                timers.cancel(&label.into());
                model.cancel(label);
            }
            Op::Pass(time, forward, back) => {
                now.monotonic += time;
                now.wall = now.wall + time + forward - back;
            }
            Op::TakeDue => {
                prop_assert_eq!(timers.pop_due(now), model.pop_due(now).map(Value::from));
            }
        }
        prop_assert_eq!(timers.next_wakeup(now), model.next_wakeup(now));
    }
    Ok(model.pending.len())
}

fn queued(timers: &Timers) -> usize {
    timers.queues.monotonic.len() + timers.queues.wall.len()
}

fn holds_nothing(timers: &Timers) -> bool {
    queued(timers) == 0 && timers.labels.is_empty()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_timers_behave_like_a_list(ops in prop::collection::vec(op(), 0..200)) {
        let mut timers = Timers::default();
        let left = run(&mut timers, ops)?;
        prop_assert_eq!(queued(&timers), left);
        let entry = |entry: &LabelEntry| match &entry.due_times {
            DueTimes::One(..) => 1,
            DueTimes::Several(due_times) => due_times.len(),
        };
        prop_assert_eq!(timers.labels.iter().map(entry).sum::<usize>(), left);
        for label in 0_u8..5 {
            timers.cancel(&label.into());
        }
        prop_assert!(holds_nothing(&timers));
    }
}

#[test]
fn very_many_timers_come_in_order_and_leave_nothing() {
    const COUNT: u64 = 100_000;
    let (mut timers, now) = (Timers::default(), start());
    for number in 0..COUNT {
        // Every other timer has the same label. The deadlines are in a mixed order.
        let label = if number % 2 == 0 { Value::from("shared") } else { Value::from(number) };
        let delay = Duration::from_nanos(number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 24);
        timers.set(&label, Deadline::After(delay), now);
    }
    let later = Now { monotonic: now.monotonic + Duration::from_secs(2000), ..now };
    let mut last = Duration::ZERO;
    for _ in 0..COUNT / 2 {
        let next = timers.next_wakeup(later).unwrap();
        assert!(last <= next);
        last = next;
        timers.pop_due(later).unwrap();
    }
    timers.cancel(&Value::from("shared"));
    while timers.pop_due(later).is_some() {}
    assert!(holds_nothing(&timers));
}
