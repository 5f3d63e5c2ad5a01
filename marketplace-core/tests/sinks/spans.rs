//! Spans for processes.

use anyhow::bail;
use futures::executor::block_on;
use marketplace_core::{Spans, Spawn, topic};
use tracing::{Level, info, info_span};

use super::capture::Capture;
use super::late::trace;
use crate::support::{Go, Stage, ground};

const ROOM: &str = "process { pid=Pid(1) name=\"room\"}";

/// Logs a line when it starts, and when it receives a step from outside. It relays the step into its VM.
fn logger(name: &'static str) -> Spawn {
    Spawn::new((), move |(), cx| {
        info!("{name} starts");
        cx.meta().subscriber(topic!(Go(1))).on_message(move |(), cx, _| {
            info!("{name} hears");
            cx.send(Go(1));
        });
    })
    .named(name)
}

fn room() -> Spawn {
    Spawn::nested([logger("a"), Spawn::nested([logger("b")]).named("attic")]).named("room")
}

/// The lines that the program's own processes have logged since the last call.
fn logged(capture: &Capture) -> Vec<String> {
    let lines = capture.take().into_iter();
    lines.filter(|line| ["starts", "hears", "Nesting"].iter().any(|end| line.ends_with(end))).collect()
}

#[test]
fn s19_what_a_handler_logs_is_in_the_spans_of_its_process_and_of_the_vms_around() -> anyhow::Result<()> {
    let capture = Capture::new(Level::INFO);
    capture.during(|| {
        let mut stage = Stage::of(ground([room()]).with_trace(Spans::new()));
        stage.rest()?;
        let a = format!("INFO {ROOM} > process {{ pid=Pid(0) name=\"a\" vm=\"room\"}}:");
        let attic = format!("{ROOM} > process {{ pid=Pid(1) name=\"attic\" vm=\"room\"}}");
        let b = format!("INFO {attic} > process {{ pid=Pid(0) name=\"b\" vm=\"room/attic\"}}:");
        assert_eq!(logged(&capture), [format!("{a} a starts"), format!("{b} b starts")]);
        assert_eq!(capture.entered(), 0);
        info!("the test hears");
        assert_eq!(logged(&capture), ["INFO: the test hears"]);
        stage.stop()
    })
}

#[test]
fn s19_a_span_is_closed_as_its_process_leaves() -> anyhow::Result<()> {
    let capture = Capture::new(Level::INFO);
    capture.during(|| {
        let mut stage = Stage::of(ground([room()]).with_trace(Spans::new()));
        stage.rest()?;
        assert_eq!(capture.open().len(), 5, "{:?}", capture.open());
        stage.spawn(Spawn::new((), |(), cx| cx.quit()))?;
        assert_eq!(capture.open().len(), 5, "{:?}", capture.open());
        // The room is empty then.
        let pid = stage.snapshot()?.processes[1].pid.clone();
        stage.spawn(Spawn::new((), move |(), cx| cx.kill(&pid, marketplace_core::Reason::normal())))?;
        assert_eq!(capture.open(), ["process { pid=Pid(0) name=\"ground\"}"]);
        stage.stop()?;
        assert_eq!((capture.open().len(), capture.entered()), (0, 0));
        assert!(logged(&capture).iter().all(|line| !line.ends_with("Nesting")));
        Ok(())
    })
}

#[test]
fn s19_a_turn_that_panics_leaves_its_span() -> anyhow::Result<()> {
    let capture = Capture::new(Level::INFO);
    capture.during(|| {
        let bad = || Spawn::new((), |(), _| -> anyhow::Result<()> { panic!("bad") });
        let error = || Spawn::new((), |(), _| bail!("bad"));
        let program = ground([Spawn::nested([bad(), error()]), bad(), error()]).with_trace(Spans::new());
        block_on(program.run())
    })?;
    assert_eq!((capture.open().len(), capture.entered()), (0, 0));
    assert!(logged(&capture).is_empty());
    Ok(())
}

#[test]
fn s19_spans_that_come_late_are_made_as_turns_are_taken() -> anyhow::Result<()> {
    let capture = Capture::new(Level::INFO);
    capture.during(|| {
        let mut stage = Stage::new([room()]);
        capture.take();
        let guard = trace(&mut stage, Spans::new())?;
        stage.go(1)?;
        let lines = logged(&capture);
        assert_eq!(
            lines[0],
            format!("INFO {ROOM} > process {{ pid=Pid(0) name=\"a\" vm=\"room\"}}: a hears")
        );
        assert!(lines[1].ends_with("name=\"b\" vm=\"room/attic\"}: b hears"), "{lines:?}");
        drop(guard);
        stage.rest()?;
        assert_eq!((capture.open().len(), capture.entered()), (0, 0));
        stage.go(1)?;
        assert_eq!(logged(&capture), ["INFO: a hears", "INFO: b hears"]);
        stage.stop()
    })
}

#[test]
fn s19_the_spans_of_a_ground_are_in_the_span_that_it_runs_in() -> anyhow::Result<()> {
    let capture = Capture::new(Level::INFO);
    capture.during(|| {
        let program = ground([Spawn::new((), |(), _| info!("it starts"))]).with_trace(Spans::new());
        info_span!("server").in_scope(|| block_on(program.run()))
    })?;
    assert_eq!(logged(&capture), ["INFO server {} > process { pid=Pid(1)}: it starts"]);
    Ok(())
}

#[test]
fn s19_spans_that_nobody_wants_cost_nothing_but_calls() -> anyhow::Result<()> {
    let capture = Capture::new(Level::WARN);
    capture.during(|| block_on(ground([room()]).with_trace(Spans::new()).run()))?;
    assert_eq!((capture.open().len(), capture.entered(), capture.made()), (0, 0, 0));
    Ok(())
}
