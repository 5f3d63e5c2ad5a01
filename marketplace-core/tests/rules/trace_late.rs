//! S19: a trace that begins while the program runs, and ends before it does.

use std::future::ready;
use std::thread;
use std::time::Instant;

use anyhow::Context as _;
use futures::FutureExt;
use futures::executor::block_on;
use marketplace_core::{Context, GroundEnded, Spawn, Trace, TraceGuard, TraceScope, topic};
use marketplace_testing::Recorder;

use crate::support::{Go, Lives, Say, Stage, ground};

/// Begins a trace of a program that is idle.
fn trace(stage: &mut Stage) -> anyhow::Result<(TraceGuard, Recorder)> {
    let recorder = Recorder::default();
    Ok((trace_with(stage, recorder.clone())?, recorder))
}

pub(crate) fn trace_with(stage: &mut Stage, trace: impl Trace) -> anyhow::Result<TraceGuard> {
    let mut handle = stage.handle.clone();
    let mut guard = async move { handle.trace(trace).await }.boxed();
    assert!((&mut guard).now_or_never().is_none());
    stage.rest()?;
    Ok(guard.now_or_never().context("the ground does not answer")??)
}

/// Subscribes to `Go(1)` at the meta level, and sends within its VM.
fn inner() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.meta().subscriber(topic!(Go(1))).on_message(|(), cx, _| cx.send(Say(1, "within")));
    })
    .named("a")
}

fn program() -> Stage {
    Stage::new([
        Spawn::nested([Spawn::nested([inner(), idle()]).named("inner"), inner()]).named("outer"),
        idle(),
    ])
}

/// An idle process.
fn idle() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Say(9, _)));
    })
    .named("idle")
}

#[test]
fn s19_a_trace_begins_at_the_moment_of_its_snapshot() -> anyhow::Result<()> {
    let mut stage = program();
    let (guard, recorder) = trace(&mut stage)?;
    assert_eq!(guard.snapshot.processes.len(), 3);
    assert!(recorder.take().is_empty(), "nothing has happened since");
    stage.spawn(Spawn::new((), |(), cx| cx.quit()).named("brief"))?;
    let lines =
        ["brief starts", "brief (boot", "brief is leaving: normal", "brief )", "brief has left: normal"];
    assert_eq!(recorder.take(), lines);
    stage.stop()
}

#[test]
fn s19_a_trace_that_comes_late_is_told_of_nested_vms_too() -> anyhow::Result<()> {
    let mut stage = program();
    let (_guard, recorder) = trace(&mut stage)?;
    stage.go(1)?;
    let sent = |line: &&String| line.ends_with("sends Say(1, \"within\")");
    let lines = recorder.take();
    let sent: Vec<_> = lines.iter().filter(sent).collect();
    // The lines have Pids, because the names were reported before the trace began.
    assert_eq!(sent, ["Pid(1)/Pid(1) sends Say(1, \"within\")"]);
    stage.stop()
}

#[test]
fn s14_s19_a_vm_that_takes_no_turn_before_it_goes_tells_of_its_processes() -> anyhow::Result<()> {
    let killer = Spawn::new((), |(), cx| {
        let quiet = Spawn::nested([inner()]).named("quiet");
        cx.spawn_then(quiet, |(), cx, pid| {
            cx.subscriber(topic!(Go(2)))
                .on_message(move |(), cx, _| cx.kill(&pid, marketplace_core::Reason::normal()));
        });
    });
    let mut stage = Stage::new([killer]);
    let (_guard, recorder) = trace(&mut stage)?;
    stage.go(2)?;
    let mut lines = recorder.take();
    lines.retain(|line| line.contains("has left"));
    assert_eq!(lines, ["Pid(2)/Pid(0) has left: normal", "Pid(2) has left: normal"]);
    stage.stop()
}

#[test]
fn s19_a_trace_is_told_nothing_once_its_guard_is_dropped() -> anyhow::Result<()> {
    let mut stage = program();
    let (first, told) = trace(&mut stage)?;
    let (second, kept) = trace(&mut stage)?;
    drop(first);
    stage.go(1)?;
    assert!(told.take().is_empty());
    assert!(!kept.take().is_empty());
    second.keep();
    stage.go(1)?;
    assert!(!kept.take().is_empty());
    stage.stop()
}

#[test]
fn s19_a_trace_whose_request_is_given_up_does_not_begin() -> anyhow::Result<()> {
    let mut stage = program();
    let recorder = Recorder::default();
    let (mut handle, sink) = (stage.handle.clone(), recorder.clone());
    assert!(handle.trace(sink).now_or_never().is_none());
    stage.go(1)?;
    assert!(recorder.take().is_empty());
    stage.stop()
}

#[test]
fn s19_a_ground_that_has_ended_is_not_traced() -> anyhow::Result<()> {
    let mut stage = Stage::new([]);
    let mut handle = stage.handle.weak();
    stage.stop()?;
    let refused = handle.trace(Recorder::default()).now_or_never().context("there is nobody to wait for")?;
    assert_eq!(refused.err(), Some(GroundEnded));
    Ok(())
}

/// Never settles, and spawns processes that end.
fn restless(cx: &mut Context<'_, ()>) {
    cx.spawn(Spawn::new((), |(), _| ()));
    cx.yield_then(|(), cx| restless(cx));
}

#[test]
fn s16_s19_a_weak_handle_traces_a_busy_program_from_other_threads() -> anyhow::Result<()> {
    let busy = (0..1_500).map(|_| Spawn::new((), |(), cx| restless(cx)));
    let program = ground([Spawn::nested(busy)]);
    let mut strong = program.handle();
    let mut weak = strong.weak();
    let running = thread::spawn(move || block_on(program.run()));
    for scope in [TraceScope::Everything, TraceScope::Processes] {
        let told = Lives::new(scope);
        let (sink, mut handle) = (told.clone(), weak.clone());
        let guard = elsewhere(move || block_on(handle.trace(sink)))?;
        assert!(guard.snapshot.total().pending >= 1_500, "the program is behind");
        let is_told = (0..1_000).any(|_| block_on(weak.counters()).is_ok() && !told.take().is_empty());
        assert!(is_told, "of nothing, as {scope:?}");
        elsewhere(move || drop(guard));
        block_on(weak.counters())?;
        told.take();
        block_on(weak.counters())?;
        assert!(told.take().is_empty());
    }
    block_on(strong.stop(Instant::now(), ready(())))?;
    running.join().expect("it does not panic")
}

/// Runs something on another thread.
fn elsewhere<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    thread::spawn(work).join().expect("it does not panic")
}
