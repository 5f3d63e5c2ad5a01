//! How a test replaces a driver by a stand-in, which only has to send and receive the same messages. The program under
//! test uses driver-timer's messages and cannot know which process answers. No real time passes.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use driver_timer::{CancelTimer, Deadline, SetTimer, TimerExpired};
use futures::future::AbortHandle;
use marketplace_core::{Ground, Message, Spawn, Value, topic};
use marketplace_testing::{Clock, TestProgram};

const MINUTE: Duration = Duration::from_secs(60);

/// A stand-in for `timer_driver()`, with as much as this program needs: one relative timer for a label at a time, by
/// the test's clock.
fn timer_stand_in(clock: Clock) -> Spawn {
    Spawn::new(HashMap::<Value, AbortHandle>::new(), move |_, cx| {
        cx.subscriber(topic!(SetTimer { .. })).on_message(
            move |pending, cx, SetTimer { label, deadline }| {
                let &Deadline::After(delay) = deadline else {
                    anyhow::bail!("not in this program: {deadline:?}")
                };
                let (expired, clock) = (label.clone(), clock.clone());
                let timer = cx.sleep_then(delay, move |_, cx| {
                    cx.send(TimerExpired { label: expired, time: SystemTime::UNIX_EPOCH + clock.now() });
                });
                pending.insert(label.clone(), timer);
                Ok(())
            },
        );
        cx.subscriber(topic!(CancelTimer { .. })).on_message(|pending, _, CancelTimer { label }| {
            pending.remove(label).iter().for_each(AbortHandle::abort);
        });
    })
    .named("stand-in for the timer driver")
}

/// A press of the switch on the stairs.
#[derive(Debug, Message)]
struct Press {}

/// The light goes on or off.
#[derive(Debug, PartialEq, Eq, Message)]
struct Light {
    on: bool,
}

/// The program under test: a light that goes off three minutes after the last press of its switch.
fn staircase() -> Spawn {
    Spawn::new(false, |_, cx| {
        cx.publisher(topic!(Light { .. }));
        cx.subscriber(topic!(Press {})).on_message(|on, cx, _| {
            if !*on {
                *on = true;
                cx.send(Light { on: true });
            }
            cx.send(CancelTimer::new("off"));
            cx.send(SetTimer::after("off", 3 * MINUTE));
        });
        cx.subscriber(topic!(TimerExpired { label: "off".into(), .. })).on_message(|on, cx, _| {
            *on = false;
            cx.send(Light { on: false });
        });
    })
    .named("staircase")
}

/// The program and the stand-in.
fn program() -> anyhow::Result<TestProgram> {
    let program = TestProgram::by_hand(Ground::new());
    program.spawn(timer_stand_in(program.clock().clone()))?;
    program.spawn(staircase())?;
    Ok(program)
}

#[test]
fn the_light_goes_off_three_minutes_after_the_switch_was_pressed() -> anyhow::Result<()> {
    let program = program()?;
    let mut lights = program.messages(topic!(Light { .. }))?;
    program.send(Press {})?;
    assert!(lights.message()?.on);
    program.advance(3 * MINUTE - Duration::from_nanos(1));
    lights.nothing()?;
    program.advance(Duration::from_nanos(1));
    assert!(!lights.message()?.on);
    Ok(())
}

#[test]
fn another_press_meanwhile_gives_three_minutes_more() -> anyhow::Result<()> {
    let program = program()?;
    let mut lights = program.messages(topic!(Light { .. }))?;
    program.send(Press {})?;
    assert!(lights.message()?.on);
    program.advance(2 * MINUTE);
    program.send(Press {})?;
    program.advance(2 * MINUTE);
    lights.nothing()?;
    program.advance(MINUTE);
    assert!(!lights.message()?.on);
    program.advance(60 * MINUTE);
    lights.nothing()
}

#[test]
fn a_test_that_stands_in_itself_sees_what_the_program_sends_to_the_driver() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new().spawn(staircase()));
    let mut timers = program.messages(topic!(SetTimer { .. }))?;
    let mut lights = program.messages(topic!(Light { .. }))?;
    program.send(Press {})?;
    assert_eq!(*timers.message()?, SetTimer::after("off", 3 * MINUTE));
    program.send(TimerExpired { label: "off".into(), time: SystemTime::UNIX_EPOCH })?;
    assert_eq!((lights.message()?.on, lights.message()?.on), (true, false));
    Ok(())
}
