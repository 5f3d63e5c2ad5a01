//! The flight recorder.

use std::sync::{Arc, Weak};

use anyhow::{Context as _, bail};
use futures::executor::block_on;
use marketplace_core::{FlightRecorder, Message, Reason, Spawn, topic};
use tracing::Level;

use super::capture::Capture;
use super::late::trace;
use super::page::{Full, Page};
use crate::support::{Go, Say, Stage, ground, speaker};

/// Fails at the step, after it has received the message.
fn failing(step: u32) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.subscriber(topic!(Go(step))).named("ear").on_message(|(), _, go| bail!("failed at {}", go.0));
    })
    .named("pilot")
}

/// What a recorder has printed: the number of reports, and the lines of the last one.
fn reports(page: &Page) -> anyhow::Result<(usize, Vec<String>)> {
    let text = page.take()?;
    let reports: Vec<&str> = text.split("a process leaves with an error").skip(1).collect();
    let last = reports.last().map(|last| last.lines().skip(1).map(|line| line.trim_start().to_owned()));
    Ok((reports.len(), last.into_iter().flatten().collect()))
}

fn recorder(capacity: usize) -> (FlightRecorder, Page) {
    let page = Page::default();
    (FlightRecorder::new(capacity).to(page.clone()), page)
}

#[test]
fn s19_the_last_events_are_printed_when_a_process_fails() -> anyhow::Result<()> {
    let (recorder, page) = recorder(4);
    let mut stage =
        Stage::of(ground([Spawn::nested([relay(), failing(2)]).named("room")]).with_trace(recorder));
    stage.rest()?;
    assert_eq!(page.take()?, "", "all is well");
    stage.go(1)?;
    let expected = [
        "room/relay Pid(0): sends as publisher: Go(2)",
        "room/pilot Pid(1): receives at \"ear\" (subscriber of Go(2)): Go(2)",
        "room/pilot Pid(1): fails: failed at 2",
        "room/pilot Pid(1): is leaving: failed at 2",
    ];
    assert_eq!(reports(&page)?, (1, expected.map(str::to_owned).to_vec()));
    stage.stop()
}

/// Relays a step from outside to the pilot.
fn relay() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.meta().subscriber(topic!(Go(1))).on_message(|(), cx, _| cx.send(Go(2)));
    })
    .named("relay")
}

#[test]
fn s19_what_has_been_printed_is_not_printed_again() -> anyhow::Result<()> {
    let (recorder, page) = recorder(1000);
    let mut stage = Stage::of(ground([failing(1), failing(2)]).with_trace(recorder.clone()));
    stage.go(1)?;
    let (count, first) = reports(&page)?;
    assert_eq!((count, first.first().map(String::as_str)), (1, Some("ground Pid(0): starts")));
    stage.go(2)?;
    let (count, second) = reports(&page)?;
    assert_eq!(count, 1);
    // The report begins where the first one ended.
    assert_eq!(
        second.first().map(String::as_str),
        Some("pilot Pid(1): deletes \"ear\" (subscriber of Go(1)): failed at 1")
    );
    assert_eq!(second.last().map(String::as_str), Some("pilot Pid(2): is leaving: failed at 2"));
    let dump: Vec<String> = recorder.dump().lines().map(str::to_owned).collect();
    assert_eq!(dump[..first.len() + second.len()], [first, second].concat()[..], "a dump has all");
    stage.stop()
}

#[test]
fn s19_the_last_events_are_printed_when_the_main_process_leaves_with_an_error() -> anyhow::Result<()> {
    let quits = Spawn::new((), |(), cx| cx.quit_because(Reason::error(anyhow::anyhow!("no fuel"))));
    let killed = Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Say(1, _)));
        let pid = cx.pid().clone();
        let killer = Spawn::new((), move |(), cx| cx.kill(&pid, Reason::error(anyhow::anyhow!("no fuel"))));
        cx.spawn(killer);
    });
    for main in [quits, killed] {
        let (recorder, page) = recorder(3);
        let program = ground([]).main(main.named("main")).with_trace(recorder);
        assert!(block_on(program.run()).is_err());
        let (count, lines) = reports(&page)?;
        assert_eq!((count, lines.len()), (1, 3));
        assert_eq!(lines.last().map(String::as_str), Some("main Pid(1): is leaving: no fuel"));
    }
    Ok(())
}

#[test]
fn s19_a_process_that_leaves_in_the_normal_course_of_things_prints_nothing() -> anyhow::Result<()> {
    let (recorder, page) = recorder(5);
    let quits = Spawn::new((), |(), cx| cx.quit());
    block_on(ground([speaker(1, ["a"]), quits]).with_trace(recorder.clone()).run())?;
    assert_eq!(page.take()?, "");
    assert_eq!(recorder.dump().lines().count(), 5);
    Ok(())
}

#[test]
fn s19_by_default_the_last_events_are_one_error_in_the_log() -> anyhow::Result<()> {
    let capture = Capture::new(Level::ERROR);
    let recorder = FlightRecorder::new(2);
    capture.during(|| {
        let mut stage = Stage::of(ground([failing(1)]).with_trace(recorder.clone()));
        stage.go(1)?;
        stage.stop()
    })?;
    let reports: Vec<String> =
        capture.take().into_iter().filter(|line| line.contains("the last 2 of")).collect();
    let [report] = &reports[..] else { bail!("{reports:?}") };
    assert!(
        report.ends_with("\n  pilot Pid(1): fails: failed at 1\n  pilot Pid(1): is leaving: failed at 1"),
        "{report}"
    );
    Ok(())
}

#[test]
fn s19_a_recorder_keeps_no_message_alive() -> anyhow::Result<()> {
    #[derive(Debug, Message)]
    struct Held(
        #[message(skip)]
        #[expect(dead_code, reason = "it is only shown")]
        Arc<str>,
    );

    let (recorder, _page) = recorder(1000);
    let held: Arc<str> = "held".into();
    let (weak, message) = (Arc::downgrade(&held), Held(held));
    block_on(ground([Spawn::new((), |(), cx| cx.send(message))]).with_trace(recorder.clone()).run())?;
    assert!(recorder.dump().contains("sends as publisher: Held(\"held\")"));
    assert_eq!(Weak::strong_count(&weak), 0);
    Ok(())
}

#[test]
fn s19_a_recorder_that_comes_late_learns_the_names_from_the_snapshot() -> anyhow::Result<()> {
    let mut stage = Stage::new([failing(1)]);
    let (recorder, page) = recorder(2);
    let guard = trace(&mut stage, recorder.clone())?;
    recorder.learn(&guard.snapshot);
    stage.go(1)?;
    assert_eq!(
        reports(&page)?.1,
        ["pilot Pid(1): fails: failed at 1", "pilot Pid(1): is leaving: failed at 1"]
    );
    stage.stop()
}

#[test]
fn s19_a_recorder_whose_writer_fails_goes_on_recording() -> anyhow::Result<()> {
    let recorder = FlightRecorder::new(2).to(Full(0, Page::default()));
    let mut stage = Stage::of(ground([failing(1), failing(2)]).with_trace(recorder.clone()));
    stage.go(1)?;
    stage.spawn(speaker(1, ["still there"]).named("last"))?;
    let dump = recorder.dump();
    let last = dump.lines().last().context("nothing is kept")?;
    assert!(last.starts_with("last Pid("), "{dump}");
    stage.stop()
}
