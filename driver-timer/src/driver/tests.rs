//! The driver with a clock that the test moves.

mod many;
mod stage;

use std::time::{Duration, SystemTime};

use marketplace_core::{Pattern, Spawn, topic};

use crate::{CancelTimer, SetTimer, TimerExpired, TimerExpiredPattern};
use stage::{Stage, started};

const SECOND: Duration = Duration::from_secs(1);
const INSTANT: Duration = Duration::from_nanos(1);
const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn a_timer_expires_at_its_deadline_and_never_before() -> anyhow::Result<()> {
    let mut stage = Stage::new()?;
    stage.send(SetTimer::after("tea", 3 * SECOND))?;
    stage.send(SetTimer::at("coffee", started() + 3 * SECOND))?;
    stage.advance(3 * SECOND - INSTANT);
    assert!(stage.expired().is_empty());
    stage.advance(INSTANT);
    assert_eq!(stage.expired(), ["tea", "coffee"]);
    stage.advance(HOUR);
    assert!(stage.expired().is_empty(), "a timer expires once");
    Ok(())
}

#[test]
fn an_expiry_contains_the_time() -> anyhow::Result<()> {
    let mut stage = Stage::new()?;
    stage.send(SetTimer::after("tea", 3 * SECOND))?;
    stage.advance(5 * SECOND);
    assert_eq!(stage.expired_at(), [("tea".to_owned(), started() + 5 * SECOND)]);
    Ok(())
}

#[test]
fn what_is_due_at_once_is_answered_at_once() -> anyhow::Result<()> {
    let mut stage = Stage::new()?;
    stage.advance(HOUR);
    stage.send(SetTimer::after("now", Duration::ZERO))?;
    stage.send(SetTimer::at("long ago", SystemTime::UNIX_EPOCH))?;
    let now = started() + HOUR;
    assert_eq!(stage.expired_at(), [("now".to_owned(), now), ("long ago".to_owned(), now)]);
    Ok(())
}

#[test]
fn timers_expire_by_deadline_and_equal_ones_in_the_order_in_which_they_were_set() -> anyhow::Result<()> {
    for steps in [1, 4] {
        let mut stage = Stage::new()?;
        let at = |seconds| started() + seconds * SECOND;
        stage.send(SetTimer::after("d", 4 * SECOND))?;
        stage.send(SetTimer::at("b", at(2)))?;
        stage.send(SetTimer::after("c", 2 * SECOND))?;
        stage.send(SetTimer::at("e", at(4)))?;
        stage.send(SetTimer::after("a", SECOND))?;
        stage.send(SetTimer::after("f", 4 * SECOND))?;
        for _ in 0..steps {
            stage.advance(4 * SECOND / steps);
        }
        assert_eq!(stage.expired(), ["a", "b", "c", "d", "e", "f"], "in {steps} steps");
    }
    Ok(())
}

#[test]
fn relative_timers_are_not_moved_as_the_wall_clock_is_set() -> anyhow::Result<()> {
    for (forward, back) in [(HOUR, Duration::ZERO), (Duration::ZERO, HOUR)] {
        let mut stage = Stage::new()?;
        stage.send(SetTimer::after("tea", 10 * SECOND))?;
        stage.set_wall_clock(forward, back);
        stage.advance(10 * SECOND - INSTANT);
        assert!(stage.expired().is_empty());
        stage.advance(INSTANT);
        assert_eq!(stage.expired(), ["tea"]);
    }
    Ok(())
}

#[test]
fn absolute_timers_follow_the_wall_clock_within_a_second() -> anyhow::Result<()> {
    let mut stage = Stage::new()?;
    stage.send(SetTimer::at("train", started() + HOUR))?;
    stage.advance(SECOND);
    stage.set_wall_clock(HOUR, Duration::ZERO);
    stage.advance(SECOND);
    assert_eq!(stage.expired(), ["train"]);
    Ok(())
}

#[test]
fn other_requests_do_not_put_off_the_look_at_the_wall_clock() -> anyhow::Result<()> {
    let mut stage = Stage::new()?;
    stage.send(SetTimer::at("train", started() + HOUR))?;
    stage.set_wall_clock(HOUR, Duration::ZERO);
    for _ in 0..4 {
        stage.advance(SECOND / 4);
        stage.send(CancelTimer::new("other"))?;
    }
    assert_eq!(stage.expired(), ["train"]);
    Ok(())
}

#[test]
fn absolute_timers_wait_for_a_wall_clock_that_was_set_back() -> anyhow::Result<()> {
    let mut stage = Stage::new()?;
    stage.send(SetTimer::at("train", started() + 10 * SECOND))?;
    stage.set_wall_clock(Duration::ZERO, HOUR);
    stage.advance(HOUR + 10 * SECOND - INSTANT);
    assert!(stage.expired().is_empty());
    stage.advance(INSTANT);
    assert_eq!(stage.expired(), ["train"]);
    Ok(())
}

#[test]
fn timers_of_one_label_expire_each() -> anyhow::Result<()> {
    let mut stage = Stage::new()?;
    for delay in [SECOND, SECOND, 2 * SECOND] {
        stage.send(SetTimer::after("tea", delay))?;
    }
    stage.advance(SECOND);
    assert_eq!(stage.expired(), ["tea", "tea"]);
    stage.advance(SECOND);
    assert_eq!(stage.expired(), ["tea"]);
    Ok(())
}

#[test]
fn cancelling_cancels_every_pending_timer_of_the_label_and_no_other() -> anyhow::Result<()> {
    let mut stage = Stage::new()?;
    stage.send(SetTimer::after("tea", SECOND))?;
    stage.send(SetTimer::at("tea", started() + SECOND))?;
    stage.send(SetTimer::after("coffee", SECOND))?;
    stage.send(CancelTimer::new("tea"))?;
    stage.send(CancelTimer::new("tea"))?;
    stage.send(CancelTimer::new("never set"))?;
    stage.advance(SECOND);
    assert_eq!(stage.expired(), ["coffee"]);
    stage.send(CancelTimer::new("coffee"))?;
    stage.send(SetTimer::after("tea", SECOND))?;
    stage.advance(SECOND);
    assert_eq!(stage.expired(), ["tea"], "what was cancelled can be set again");
    Ok(())
}

#[test]
fn the_next_timer_may_change_at_any_time() -> anyhow::Result<()> {
    let mut stage = Stage::new()?;
    stage.send(SetTimer::after("later", 3 * SECOND))?;
    stage.send(SetTimer::after("sooner", SECOND))?;
    stage.send(SetTimer::after("between", 2 * SECOND))?;
    stage.send(CancelTimer::new("sooner"))?;
    assert_eq!(stage.waits(), 1, "one wake-up for all");
    stage.advance(2 * SECOND);
    assert_eq!(stage.expired(), ["between"]);
    stage.advance(SECOND);
    assert_eq!(stage.expired(), ["later"]);
    Ok(())
}

#[test]
fn a_very_long_wait_is_a_wait() -> anyhow::Result<()> {
    let mut stage = Stage::new()?;
    let last_second = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(i64::MAX as u64));
    stage.advance(SECOND);
    stage.send(SetTimer::after("relative", Duration::MAX))?;
    stage.send(SetTimer::after("relative", Duration::MAX - INSTANT))?;
    if let Some(time) = last_second {
        stage.send(SetTimer::at("absolute", time))?;
    }
    stage.advance(1000 * HOUR);
    assert!(stage.expired().is_empty());
    stage.send(CancelTimer::new("relative"))?;
    stage.send(CancelTimer::new("absolute"))?;
    stage.end()
}

#[test]
fn s15_no_clock_is_watched_and_the_program_ends_when_no_timer_is_pending() -> anyhow::Result<()> {
    let stage = Stage::new()?;
    assert_eq!(stage.waits(), 0);
    stage.send(SetTimer::after("tea", SECOND))?;
    stage.send(SetTimer::at("train", started() + SECOND))?;
    assert_eq!(stage.waits(), 1);
    stage.advance(SECOND);
    assert_eq!(stage.waits(), 0, "all have expired");
    stage.send(SetTimer::after("tea", SECOND))?;
    assert_eq!(stage.waits(), 1);
    stage.send(CancelTimer::new("tea"))?;
    assert_eq!(stage.waits(), 0, "all were cancelled");
    stage.send(SetTimer::after("tea", Duration::ZERO))?;
    assert_eq!(stage.waits(), 0, "it has been answered");
    stage.end()
}

#[test]
fn s15_the_program_goes_on_while_a_timer_is_pending() -> anyhow::Result<()> {
    let mut stage = Stage::new()?;
    stage.send(SetTimer::after("tea", SECOND))?;
    stage.release();
    assert!(!stage.has_ended());
    stage.advance(SECOND);
    assert!(stage.has_ended());
    assert_eq!(stage.expired(), ["tea"]);
    Ok(())
}

/// A process that subscribes to a topic, and quits when the timer with the label `leave` expires.
fn leaver(topic: TimerExpiredPattern, leave: &'static str) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.subscriber(topic);
        cx.subscriber(topic!(TimerExpired { label: leave.into(), .. })).on_message(|(), cx, _| cx.quit());
    })
}

#[test]
fn the_timers_of_a_label_are_cancelled_with_its_last_subscriber() -> anyhow::Result<()> {
    let mut stage = Stage::new()?;
    let shared = topic!(TimerExpired { label: "shared".into(), .. });
    stage.spawn(leaver(shared.clone(), "first leaves"))?;
    stage.spawn(leaver(shared, "second leaves"))?;
    stage.send(SetTimer::after("shared", SECOND))?;
    stage.send(SetTimer::after("first leaves", Duration::ZERO))?;
    stage.advance(SECOND);
    assert_eq!(stage.expired(), ["first leaves", "shared"], "the second is still there");
    stage.send(SetTimer::after("shared", SECOND))?;
    stage.send(SetTimer::after("second leaves", Duration::ZERO))?;
    assert_eq!(stage.expired(), ["second leaves"]);
    assert_eq!(stage.waits(), 0);
    stage.end()
}

#[test]
fn a_subscriber_to_one_expiry_of_a_label_does_not_cancel_the_timers_of_the_others() -> anyhow::Result<()> {
    let mut stage = Stage::new()?;
    let one = TimerExpired { label: "shared".into(), time: started() };
    stage.spawn(leaver(topic!(TimerExpired { label: "shared".into(), .. }), "never"))?;
    stage.spawn(leaver(TimerExpiredPattern::exactly(&one), "leave"))?;
    stage.send(SetTimer::after("shared", SECOND))?;
    stage.send(SetTimer::after("leave", Duration::ZERO))?;
    stage.advance(SECOND);
    assert_eq!(stage.expired(), ["leave", "shared"]);
    Ok(())
}

#[test]
fn a_subscriber_to_every_label_owns_no_timers() -> anyhow::Result<()> {
    let mut stage = Stage::new()?;
    let until = Spawn::new((), |(), cx| {
        cx.subscriber(topic!(TimerExpired { .. })).on_message(|(), cx, _| cx.quit());
    });
    stage.spawn(until)?;
    stage.send(SetTimer::after("tea", SECOND))?;
    stage.send(SetTimer::after("now", Duration::ZERO))?;
    stage.advance(SECOND);
    assert_eq!(stage.expired(), ["now", "tea"]);
    Ok(())
}

#[test]
fn s18_a_stop_does_not_wait_for_timers() -> anyhow::Result<()> {
    let stage = Stage::new()?;
    stage.send(SetTimer::after("tea", HOUR))?;
    stage.ask_to_stop()?;
    assert!(stage.has_ended());
    Ok(())
}

#[test]
fn a_second_driver_in_one_vm_leaves_the_timers_to_the_first() -> anyhow::Result<()> {
    let mut stage = Stage::new()?;
    let second = stage.driver();
    stage.spawn(second)?;
    stage.send(SetTimer::after("tea", SECOND))?;
    assert_eq!(stage.waits(), 1);
    stage.advance(SECOND);
    assert_eq!(stage.expired(), ["tea"]);
    Ok(())
}
