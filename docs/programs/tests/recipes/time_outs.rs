//! Time-outs: a session that has to log in soon.

use std::time::Duration;

use anyhow::anyhow;
use futures::future::AbortHandle;
use marketplace_core::{Message, Spawn, Stopping, topic};

#[derive(Debug, Message)]
struct Login {
    name: String,
}

#[derive(Debug, Message)]
struct Welcome {
    name: String,
}

/// How long a client may take to log in.
const LOGIN: Duration = Duration::from_secs(30);

/// A session that ends with an error if nobody logs in soon.
fn session() -> Spawn {
    Spawn::new(None, |limit, cx| {
        *limit = Some(cx.sleep_then(LOGIN, |limit: &mut Option<AbortHandle>, cx| {
            if limit.is_some() {
                cx.quit_because(anyhow!("no login within {LOGIN:?}"));
            }
        }));
        cx.subscriber(topic!(Login { .. })).on_message(|limit, cx, login| {
            // Only the first login counts.
            if let Some(limit) = limit.take() {
                limit.abort();
                cx.send(Welcome { name: login.name.clone() });
            }
        });
        // A program that stops does not wait for the time-out.
        cx.observe_publishers(topic!(Stopping { .. })).on_presence(|_, cx, _| cx.quit());
    })
}

/// Runs `work`, and ends it if it takes longer than `time`.
fn at_most(time: Duration, work: Spawn) -> Spawn {
    let watchdog = Spawn::new((), move |(), cx| {
        cx.sleep_then(time, move |(), cx| {
            cx.meta().quit_because(anyhow!("not done within {time:?}"));
        });
    });
    Spawn::nested_with_main([watchdog], work)
}

use driver_timer::{SetTimer, TimerExpired};
use marketplace_core::Value;

/// The same session, with driver-timer.
fn session_with_timer() -> Spawn {
    Spawn::new((), |(), cx| {
        let label = Value::unique("login");
        cx.subscriber(topic!(TimerExpired { label: label.clone(), .. }))
            .named("limit")
            .on_message(|(), cx, _| cx.quit_because(anyhow!("no login within {LOGIN:?}")));
        cx.send(SetTimer::after(label, LOGIN));
        cx.subscriber(topic!(Login { .. })).on_message(|(), cx, login| {
            // Nobody subscribes to the timer any more, so the driver cancels it.
            cx.delete("limit");
            cx.send(Welcome { name: login.name.clone() });
        });
    })
}

use driver_timer::Deadline;
use marketplace_core::Ground;
use marketplace_testing::TestProgram;

fn login() -> Login {
    Login { name: "ann".to_owned() }
}

#[test]
fn a_session_without_a_login_ends_when_the_time_is_over() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new().spawn(session()));
    let mut logins = program.publisher(topic!(Login { .. }))?;
    logins.presence()?;
    program.advance(LOGIN - Duration::from_nanos(1));
    logins.nothing()?;
    program.advance(Duration::from_nanos(1));
    assert_eq!(logins.absence()?.to_string(), "no login within 30s");
    Ok(())
}

#[test]
fn a_session_with_a_login_goes_on() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new().spawn(session()));
    let mut welcomes = program.messages(topic!(Welcome { .. }))?;
    let mut logins = program.publisher(topic!(Login { .. }))?;
    logins.presence()?;
    program.send(login())?;
    program.send(login())?;
    assert_eq!(welcomes.message()?.name, "ann");
    welcomes.nothing()?;
    assert_eq!(program.clock().next(), None, "nothing is waited for any more");
    program.advance(LOGIN);
    logins.nothing()
}

#[test]
fn a_session_does_not_hold_up_a_stop() -> anyhow::Result<()> {
    TestProgram::by_hand(Ground::new().spawn(session())).stop()
}

#[test]
fn work_that_takes_too_long_is_ended_with_all_that_it_is_made_of() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let mut speakers = program.observe_publishers(topic!(Welcome { .. }))?;
    let work = Spawn::new((), |(), cx| {
        let helper = Spawn::new((), |(), cx| {
            cx.meta().publisher(topic!(Welcome { .. }));
        });
        cx.spawn(helper);
        cx.subscriber(topic!(Login { .. }));
        cx.meta().subscriber(topic!(Login { .. })).on_message(|(), cx, _| cx.quit());
    });
    program.spawn(at_most(LOGIN, work))?;
    speakers.presence()?;
    program.advance(LOGIN);
    assert_eq!(speakers.absence()?.to_string(), "not done within 30s");
    Ok(())
}

#[test]
fn work_that_is_done_in_time_ends_well() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let mut logins = program.publisher(topic!(Login { .. }))?;
    let work = Spawn::new((), |(), cx| {
        cx.meta().subscriber(topic!(Login { .. })).on_message(|(), cx, _| cx.quit());
    });
    program.spawn(at_most(LOGIN, work))?;
    logins.presence()?;
    program.send(login())?;
    assert!(logins.absence()?.as_error().is_none());
    assert_eq!(program.clock().next(), None, "the watchdog has gone too");
    Ok(())
}

#[test]
fn a_timer_is_cancelled_by_the_absence_of_its_subscriber() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let mut set = program.messages(topic!(SetTimer { .. }))?;
    let mut expired = program.observe_subscribers(topic!(TimerExpired { .. }))?;
    program.spawn(session_with_timer())?;
    expired.presence()?;
    let timer = set.message()?;
    assert_eq!(timer.deadline, Deadline::After(LOGIN));
    program.send(login())?;
    expired.absence()?;
    Ok(())
}

#[test]
fn a_timer_that_expires_ends_the_session() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let mut set = program.messages(topic!(SetTimer { .. }))?;
    let mut logins = program.publisher(topic!(Login { .. }))?;
    program.spawn(session_with_timer())?;
    logins.presence()?;
    let label = set.message()?.label.clone();
    program.send(TimerExpired { label, time: std::time::SystemTime::UNIX_EPOCH })?;
    assert_eq!(logins.absence()?.to_string(), "no login within 30s");
    Ok(())
}
