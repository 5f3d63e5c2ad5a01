//! Ctrl-C and SIGTERM ask a program to stop.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use driver_signal::{Signal as Heard, SignalKind, signal_driver, stop_on_signals};
use futures::channel::mpsc;
use futures::executor::block_on;
use futures_timer::Delay;
use marketplace_core::{EventSource, Ground, Pattern, Spawn, Stopping, topic};
use rustix::process::Signal;

use super::child::Child;
use super::program::{begin, say};

/// Longer than any test takes.
const LONG: Duration = Duration::from_secs(3600);

/// A program that works until its input ends, and says what it notices of signals.
fn program(ground: Ground, grace: Duration) -> anyhow::Result<()> {
    let stopper = stop_on_signals(&ground.handle(), grace)?;
    let (sender, input) = mpsc::unbounded();
    let work = EventSource::once("input", input);
    begin();
    thread::spawn(move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            let _unheard = sender.unbounded_send(line);
        }
    });
    let worker = Spawn::new((), move |(), cx| {
        cx.on_event(&work, |(), _, line: &String| say(line));
        cx.observe_publishers(topic!(Stopping { .. })).on_presence(|(), _, stopping| {
            let deadline = stopping.conversation.deadline.value().flatten();
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            say(if left > Some(LONG / 2) { "stopping, with time" } else { "stopping" });
        });
    });
    block_on(ground.spawn(stopper).spawn(worker).run())?;
    say("ended");
    Ok(())
}

#[test]
#[ignore = "the program that other tests run"]
fn works() -> anyhow::Result<()> {
    program(Ground::new().with_sleep(Delay::new), LONG)
}

#[test]
#[ignore = "the program that other tests run"]
fn hurries() -> anyhow::Result<()> {
    program(Ground::new().with_sleep(Delay::new), Duration::ZERO)
}

#[test]
#[ignore = "the program that other tests run"]
fn cannot_wait() -> anyhow::Result<()> {
    program(Ground::new(), LONG)
}

#[test]
#[ignore = "the program that other tests run"]
fn listens_too() -> anyhow::Result<()> {
    let listener = Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Heard { kind: SignalKind::Terminate })).on_message(|(), _, _| say("heard"));
    });
    program(Ground::new().with_sleep(Delay::new).spawn(signal_driver()).spawn(listener), LONG)
}

#[test]
fn a_program_is_asked_to_stop_and_ends_once_its_work_is_done() -> anyhow::Result<()> {
    for signal in [Signal::INT, Signal::TERM] {
        let mut child = Child::run("stopping::works")?;
        child.signal(signal)?;
        child.says(&["stopping, with time"])?;
        child.tell("still here")?;
        child.says(&["still here"])?;
        child.hang_up();
        child.says(&["ended"])?;
        assert!(child.end()?.success());
    }
    Ok(())
}

#[test]
fn a_second_signal_ends_it_at_once() -> anyhow::Result<()> {
    for signals in [[Signal::INT, Signal::TERM], [Signal::TERM, Signal::TERM]] {
        let mut child = Child::run("stopping::works")?;
        child.signal(signals[0])?;
        child.says(&["stopping, with time"])?;
        child.signal(signals[1])?;
        child.says(&["ended"])?;
        assert!(child.end()?.success());
    }
    Ok(())
}

#[test]
fn a_program_ends_when_its_time_is_over() -> anyhow::Result<()> {
    let mut child = Child::run("stopping::hurries")?;
    child.signal(Signal::TERM)?;
    // The time may be over before the work is told that it has begun.
    while child.line()? != "ended" {}
    assert!(child.end()?.success());
    Ok(())
}

#[test]
fn a_program_that_may_be_stopped_ends_by_itself() -> anyhow::Result<()> {
    let mut child = Child::run("stopping::works")?;
    child.hang_up();
    child.says(&["ended"])?;
    assert!(child.end()?.success());
    Ok(())
}

#[test]
fn where_there_is_no_way_to_wait_signals_end_the_program_as_ever() -> anyhow::Result<()> {
    let mut child = Child::run("stopping::cannot_wait")?;
    // Once this is heard, the first turns are over.
    child.tell("here")?;
    child.says(&["here"])?;
    child.signal(Signal::TERM)?;
    child.dies_by(Signal::TERM)
}

#[test]
fn a_signal_that_asks_for_a_stop_is_also_heard_by_those_who_subscribe_to_it() -> anyhow::Result<()> {
    let mut child = Child::run("stopping::listens_too")?;
    child.tell("here")?;
    child.says(&["here"])?;
    child.signal(Signal::TERM)?;
    child.says_in_any_order(["heard", "stopping, with time"])?;
    child.hang_up();
    child.says(&["ended"])?;
    assert!(child.end()?.success());
    Ok(())
}
