//! The driver with the real clock, at the ground and through relays.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{anyhow, ensure};
use driver_timer::{CancelTimer, SetTimer, TimerExpired, timer_driver, timer_relay};
use marketplace_core::{Context, Ground, Message, Reason, Spawn, Value, topic};
use marketplace_testing::TestProgram;

/// Longer than any test waits.
const HOUR: Duration = Duration::from_secs(3600);

const SHORT: Duration = Duration::from_millis(20);

/// Runs a program that must end by itself.
fn run(ground: Ground) -> anyhow::Result<()> {
    TestProgram::run_unrecorded(ground)?.end()
}

fn with_driver() -> Ground {
    Ground::new().spawn(timer_driver())
}

/// The lines that processes record for their test.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn add(&self, line: impl Into<String>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line.into());
    }

    /// The recorded lines in alphabetical order.
    fn take(&self) -> Vec<String> {
        let mut lines = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        lines.sort();
        lines
    }
}

/// Calls `then` when a timer with this label expires.
fn when<S: Send + 'static>(
    cx: &mut Context<'_, S>,
    label: impl Into<Value>,
    mut then: impl FnMut(&mut Context<'_, S>) + Send + 'static,
) {
    cx.subscriber(topic!(TimerExpired { label: label.into(), .. })).on_message(move |_, cx, _| then(cx));
}

/// A process that sets one timer, records whether it expired early, and quits.
fn sleeper(log: &Log, who: &'static str, label: &'static str, delay: Duration) -> Spawn {
    let log = log.clone();
    Spawn::new((), move |(), cx| {
        let set = Instant::now();
        when(cx, label, move |cx| {
            log.add(if set.elapsed() < delay { "early" } else { who });
            cx.quit();
        });
        cx.send(SetTimer::after(label, delay));
    })
}

/// Numbers that look random, the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// The earliest time at which a timer may expire.
enum Earliest {
    Relative(Instant),
    Absolute(SystemTime),
}

impl Earliest {
    /// A timer, and the earliest time at which it may expire.
    fn of(label: u32, delay: Duration) -> (SetTimer, Self) {
        if label.is_multiple_of(2) {
            return (SetTimer::after(label, delay), Self::Relative(Instant::now() + delay));
        }
        let time = SystemTime::now() + delay;
        (SetTimer::at(label, time), Self::Absolute(time))
    }

    fn has_come(&self, expired: &TimerExpired) -> bool {
        match self {
            Self::Relative(time) => *time <= Instant::now(),
            Self::Absolute(time) => *time <= expired.time,
        }
    }
}

/// A process that sets `count` timers with random deadlines within two seconds, and quits when each has expired.
fn many(count: u32) -> Spawn {
    Spawn::new(HashMap::new(), move |pending: &mut HashMap<Value, Earliest>, cx| {
        cx.subscriber(topic!(TimerExpired { .. })).on_message(
            |pending: &mut HashMap<Value, Earliest>, cx, expired| {
                let earliest = pending.remove(&expired.label).ok_or_else(|| anyhow!("twice: {expired:?}"))?;
                ensure!(earliest.has_come(expired), "early: {expired:?}");
                if pending.is_empty() {
                    cx.quit();
                }
                Ok(())
            },
        );
        let mut random = Random(0x2545_F491_4F6C_DD1D);
        for label in 0..count {
            let (set, earliest) = Earliest::of(label, Duration::from_micros(random.below(2_000_000)));
            pending.insert(label.into(), earliest);
            cx.send(set);
        }
    })
}

#[test]
fn a_hundred_thousand_timers_expire_once_each_and_none_early() -> anyhow::Result<()> {
    run(with_driver().main(many(100_000)))
}

#[test]
fn many_timers_of_a_nested_vm_expire_once_each_and_none_early() -> anyhow::Result<()> {
    run(with_driver().spawn(Spawn::nested([timer_relay("relay"), many(10_000)])))
}

#[test]
fn s15_a_program_without_timers_ends() -> anyhow::Result<()> {
    run(with_driver().spawn(Spawn::nested([timer_relay("relay")])))
}

#[test]
fn s16_a_timer_expires_also_while_the_program_is_overloaded() -> anyhow::Result<()> {
    fn chatter(_: &mut (), cx: &mut Context<'_, ()>) {
        cx.yield_then(chatter);
    }
    let process = Spawn::new((), |(), cx| {
        when(cx, "label", |cx| cx.quit());
        cx.send(SetTimer::after("label", SHORT));
        // More pending actions than the mark up to which the ground accepts data events.
        for _ in 0..2000 {
            cx.yield_then(chatter);
        }
    });
    run(with_driver().spawn(process))
}

#[test]
fn the_timers_of_a_process_that_fails_are_cancelled() -> anyhow::Result<()> {
    let process = Spawn::new((), |(), cx| {
        cx.subscriber(topic!(TimerExpired { label: "late".into(), .. }));
        cx.subscriber(topic!(TimerExpired { label: "soon".into(), .. }))
            .on_message(|(), _, _| Err(anyhow!("it fails")));
        cx.send(SetTimer::after("late", HOUR));
        cx.send(SetTimer::after("soon", SHORT));
    });
    run(with_driver().spawn(process))
}

#[test]
fn one_label_in_several_vms_is_several_labels() -> anyhow::Result<()> {
    let log = Log::default();
    let nested = |who, delay| Spawn::nested([timer_relay("same"), sleeper(&log, who, "label", delay)]);
    let (first, second) = (nested("first", 2 * SHORT), nested("second", 6 * SHORT));
    run(with_driver().spawn(first).spawn(second).spawn(sleeper(&log, "outside", "label", 4 * SHORT)))?;
    assert_eq!(log.take(), ["first", "outside", "second"]);
    Ok(())
}

#[test]
fn cancelling_in_one_vm_leaves_the_label_to_the_others() -> anyhow::Result<()> {
    let log = Log::default();
    let canceller = Spawn::new((), |(), cx| {
        cx.send(SetTimer::after("label", HOUR));
        cx.send(CancelTimer::new("label"));
    });
    let first = Spawn::nested([timer_relay("same"), canceller]);
    let second = Spawn::nested([timer_relay("same"), sleeper(&log, "second", "label", SHORT)]);
    let outside = sleeper(&log, "outside", "label", 3 * SHORT);
    run(with_driver().spawn(second).spawn(outside).spawn(first))?;
    assert_eq!(log.take(), ["outside", "second"]);
    Ok(())
}

#[test]
fn relays_serve_vms_of_any_depth() -> anyhow::Result<()> {
    let log = Log::default();
    let innermost = Spawn::nested([timer_relay("same"), sleeper(&log, "inside", "label", SHORT)]);
    let between = Spawn::nested([timer_relay("same"), innermost]);
    run(with_driver().spawn(between))?;
    assert_eq!(log.take(), ["inside"]);
    Ok(())
}

/// A nested VM is ready.
#[derive(Debug, Message)]
struct Ready {}

/// A VM with a timer pending in the containing VM, which sends `Ready`.
fn waiting_vm() -> Spawn {
    let process = Spawn::new((), |(), cx| {
        when(cx, "late", |_| ());
        when(cx, "soon", |cx| cx.meta().send(Ready {}));
        cx.send(SetTimer::after("late", HOUR));
        cx.send(SetTimer::after("soon", SHORT));
    });
    Spawn::nested([timer_relay("relay"), process])
}

/// Kills a VM after it has sent `Ready`.
fn killer(vm: Spawn) -> Spawn {
    Spawn::new(None, move |_, cx| {
        cx.subscriber(topic!(Ready {})).on_message(|vm, cx, _| {
            if let Some(vm) = vm {
                cx.kill(vm, Reason::error(anyhow!("killed")));
            }
            cx.quit();
        });
        cx.spawn_then(vm, |vm, _, pid| *vm = Some(pid));
    })
}

#[test]
fn the_timers_of_a_vm_that_is_killed_are_cancelled() -> anyhow::Result<()> {
    run(with_driver().spawn(killer(waiting_vm())))?;
    // The same with another VM in between.
    let between = Spawn::nested([timer_relay("relay"), killer(waiting_vm())]);
    run(with_driver().spawn(between))
}

#[test]
fn a_vm_that_is_killed_leaves_the_timers_of_the_others() -> anyhow::Result<()> {
    let log = Log::default();
    let other = Spawn::nested([timer_relay("relay"), sleeper(&log, "awake", "late", 10 * SHORT)]);
    run(with_driver().spawn(other).spawn(killer(waiting_vm())))?;
    assert_eq!(log.take(), ["awake"]);
    Ok(())
}

#[test]
fn a_relay_quits_with_the_driver_of_the_containing_vm_and_passes_on_the_reason() -> anyhow::Result<()> {
    let log = Log::default();
    let told = log.clone();
    let user = Spawn::new((), move |(), cx| {
        cx.publisher(topic!(SetTimer { .. })).on_presence(|(), cx, _| cx.meta().send(Ready {})).on_absence(
            move |(), cx, _, reason| {
                told.add(reason.to_string());
                cx.quit();
            },
        );
    });
    run(Ground::new().spawn(killer(timer_driver())).spawn(Spawn::nested([timer_relay("relay"), user])))?;
    assert_eq!(log.take(), ["killed"]);
    Ok(())
}

#[test]
fn a_relay_at_the_ground_fails() -> anyhow::Result<()> {
    let error = run(Ground::new().main(timer_relay("relay"))).err().map(|error| error.to_string());
    assert!(error.is_some_and(|error| error.contains("no meta level")));
    Ok(())
}

#[test]
fn a_driver_in_a_nested_vm_uses_the_clock_through_an_event_relay() -> anyhow::Result<()> {
    let log = Log::default();
    let program = TestProgram::run(Ground::new())?;
    let vm = program.nested([timer_driver(), sleeper(&log, "inside", "label", SHORT)])?;
    drop(vm);
    program.end()?;
    assert_eq!(log.take(), ["inside"]);
    Ok(())
}

#[test]
fn a_timer_can_be_set_again_each_time_that_it_expires() -> anyhow::Result<()> {
    let process = Spawn::new(0, |_, cx| {
        cx.subscriber(topic!(TimerExpired { label: "tick".into(), .. })).on_message(|ticks, cx, _| {
            *ticks += 1;
            match *ticks {
                100 => cx.quit(),
                _ => cx.send(SetTimer::after("tick", Duration::from_micros(500))),
            }
        });
        cx.send(SetTimer::after("tick", SHORT));
    });
    run(with_driver().main(process))
}
