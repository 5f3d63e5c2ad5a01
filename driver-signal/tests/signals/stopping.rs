//! Ctrl-C and SIGTERM stop a program.

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
use super::program::{begin, print};

/// Longer than any test runs.
const LONG: Duration = Duration::from_secs(3600);

/// A program that works until its input ends, and writes which effects of signals it notices.
fn program(ground: Ground, grace: Duration) -> anyhow::Result<()> {
    let stopper = stop_on_signals(&ground.handle(), grace)?;
    let (sender, input) = mpsc::unbounded();
    let work = EventSource::once("input", input);
    begin();
    thread::spawn(move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            let _is_closed = sender.unbounded_send(line);
        }
    });
    let worker = Spawn::new((), move |(), cx| {
        cx.on_event(&work, |(), _, line: &String| print(line));
        cx.observe_publishers(topic!(Stopping { .. })).on_presence(|(), _, stopping| {
            let deadline = stopping.conversation.deadline.value().flatten();
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            print(if left > Some(LONG / 2) { "stopping, with time" } else { "stopping" });
        });
    });
    block_on(ground.spawn(stopper).spawn(worker).run())?;
    print("ended");
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
        cx.subscriber(topic!(Heard { kind: SignalKind::Terminate })).on_message(|(), _, _| print("received"));
    });
    program(Ground::new().with_sleep(Delay::new).spawn(signal_driver()).spawn(listener), LONG)
}

#[test]
fn a_program_stops_and_ends_after_its_work_is_done() -> anyhow::Result<()> {
    for signal in [Signal::INT, Signal::TERM] {
        let mut child = Child::run("stopping::works")?;
        child.signal(signal)?;
        child.prints(&["stopping, with time"])?;
        child.command("still here")?;
        child.prints(&["still here"])?;
        child.hang_up();
        child.prints(&["ended"])?;
        assert!(child.end()?.success());
    }
    Ok(())
}

#[test]
fn a_second_signal_ends_it_at_once() -> anyhow::Result<()> {
    for signals in [[Signal::INT, Signal::TERM], [Signal::TERM, Signal::TERM]] {
        let mut child = Child::run("stopping::works")?;
        child.signal(signals[0])?;
        child.prints(&["stopping, with time"])?;
        child.signal(signals[1])?;
        child.prints(&["ended"])?;
        assert!(child.end()?.success());
    }
    Ok(())
}

#[test]
fn a_program_ends_when_its_time_is_over() -> anyhow::Result<()> {
    let mut child = Child::run("stopping::hurries")?;
    child.signal(Signal::TERM)?;
    // The time may be over before the work notices the stop.
    while child.line()? != "ended" {}
    assert!(child.end()?.success());
    Ok(())
}

#[test]
fn a_program_that_can_be_stopped_by_signals_still_ends_by_itself() -> anyhow::Result<()> {
    let mut child = Child::run("stopping::works")?;
    child.hang_up();
    child.prints(&["ended"])?;
    assert!(child.end()?.success());
    Ok(())
}

#[test]
fn without_a_way_to_wait_signals_end_the_program_as_usual() -> anyhow::Result<()> {
    let mut child = Child::run("stopping::cannot_wait")?;
    // When the answer arrives, the first turns are over.
    child.command("here")?;
    child.prints(&["here"])?;
    child.signal(Signal::TERM)?;
    child.dies_by(Signal::TERM)
}

#[test]
fn a_signal_that_requests_a_stop_is_also_received_by_its_subscribers() -> anyhow::Result<()> {
    let mut child = Child::run("stopping::listens_too")?;
    child.command("here")?;
    child.prints(&["here"])?;
    child.signal(Signal::TERM)?;
    child.prints_in_any_order(["received", "stopping, with time"])?;
    child.hang_up();
    child.prints(&["ended"])?;
    assert!(child.end()?.success());
    Ok(())
}
