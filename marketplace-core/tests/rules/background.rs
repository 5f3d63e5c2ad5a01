//! Event sources in the background: they deliver events, but do not keep the program running (S15).

use std::task::Poll;

use anyhow::{Context as _, ensure};
use futures::FutureExt;
use futures::channel::{mpsc, oneshot};
use futures::stream;
use marketplace_core::{EventSource, GroundEvent, Pattern, Spawn, Stopping, topic};

use crate::support::{Epitaph, Go, Log, Stage, run};

/// Logs the words of a source, until the step `until`.
fn reader(log: &Log, source: &EventSource, until: u32) -> Spawn {
    let (hears, gone, source) = (log.clone(), log.clone(), source.clone());
    Spawn::new((), move |(), cx| {
        cx.on_event(&source, move |(), _, word: &&str| hears.add(word))
            .on_absence(move |(), _, _, reason| gone.add(format_args!("absent, {reason}")));
        cx.subscriber(topic!(Go(until))).on_message(|(), cx, _| cx.quit());
    })
}

/// A source that never ends.
fn silence() -> EventSource {
    EventSource::repeatable("silence", stream::pending::<&str>)
}

#[test]
fn s15_a_program_does_not_go_on_for_a_source_in_the_background() -> anyhow::Result<()> {
    let log = Log::default();
    run([reader(&log, &silence().in_background(), 1)])?;
    run([reader(&log, &silence().as_clock().in_background(), 1)])?;
    assert!(log.lines().is_empty());
    Ok(())
}

#[test]
fn s15_a_source_in_the_background_is_heard_while_the_program_goes_on_for_another_reason() -> anyhow::Result<()>
{
    let log = Log::default();
    let (sender, words) = mpsc::unbounded();
    let (done, work) = oneshot::channel::<()>();
    let source = EventSource::once("words", words).in_background();
    let worker = Spawn::new((), |(), cx| cx.perform(work, |(), _, _| ()));
    let mut stage = Stage::new([reader(&log, &source, 1), worker]);
    stage.handle = stage.handle.weak();
    sender.unbounded_send("x")?;
    assert!(stage.settle().is_pending());
    assert_eq!(log.take(), ["x"]);
    sender.unbounded_send("y")?;
    ensure!(done.send(()).is_ok(), "the work is called off");
    assert!(matches!(stage.settle(), Poll::Ready(Ok(()))));
    assert_eq!(log.take(), ["y"], "what is there already is still heard");
    Ok(())
}

#[test]
fn s15_a_source_that_is_opened_keeps_the_program_until_the_last_that_does_is_closed() -> anyhow::Result<()> {
    let log = Log::default();
    let readers = [
        reader(&log, &silence(), 1),
        reader(&log, &silence().in_background(), 9),
        reader(&log, &silence(), 2),
        reader(&log, &silence().in_background(), 9),
    ];
    let mut stage = Stage::new(readers);
    stage.go(1)?;
    stage.handle = stage.handle.weak();
    assert!(stage.settle().is_pending());
    stage.handle.send(Go(2)).now_or_never().context("the ground is behind")??;
    assert!(stage.settle().is_ready());
    Ok(())
}

#[test]
fn s15_a_source_in_the_background_that_ends_is_absent_and_the_program_goes_on() -> anyhow::Result<()> {
    let log = Log::default();
    let source = EventSource::once("one word", stream::iter(["x"])).in_background();
    let mut stage = Stage::new([reader(&log, &source, 9), reader(&log, &silence(), 1)]);
    stage.handle = stage.handle.weak();
    assert!(stage.settle().is_pending());
    assert_eq!(log.take(), ["x", "absent, normal"]);
    Ok(())
}

#[test]
fn s15_of_two_subscribers_the_first_says_whether_a_source_keeps_the_program() -> anyhow::Result<()> {
    let log = Log::default();
    let (source, background) = (silence(), silence());
    assert_eq!(source.clone().in_background(), source, "one source");
    let second = [reader(&log, &source, 9), reader(&log, &source.in_background(), 9)];
    let mut stage = Stage::new(second);
    stage.handle = stage.handle.weak();
    assert!(stage.settle().is_pending());

    run([reader(&log, &background.clone().in_background(), 9), reader(&log, &background, 9)])
}

#[test]
fn s15_a_source_in_the_background_goes_with_the_program() -> anyhow::Result<()> {
    let log = Log::default();
    let epitaph = log.clone();
    let source = EventSource::repeatable("source", move || {
        let epitaph: Epitaph = epitaph.epitaph("dropped");
        stream::poll_fn(move |_| {
            let _kept = &epitaph;
            Poll::<Option<&str>>::Pending
        })
    });
    run([reader(&log, &source.in_background(), 9)])?;
    assert_eq!(log.lines(), ["dropped"]);
    Ok(())
}

#[test]
fn s15_a_nested_vm_asks_for_a_source_in_the_background_as_such() -> anyhow::Result<()> {
    // A relay does the same: it subscribes to the source in the observed topic.
    let relay = Spawn::new((), |(), cx| {
        cx.observe_subscribers(topic!(GroundEvent { source: _, .. })).on_presence(|(), cx, asked| {
            if let Some(source) = asked.conversation.source.value() {
                cx.meta().on_event(&source, |(), _, _: &&str| ());
            }
        });
    });
    let log = Log::default();
    run([Spawn::nested([relay, reader(&log, &silence().in_background(), 9)])])
}

#[test]
fn s18_a_stop_does_not_wait_for_a_source_in_the_background() -> anyhow::Result<()> {
    let log = Log::default();
    let source = silence();
    let heeds = Spawn::new((), move |(), cx| {
        cx.on_event(&source, |(), _, _: &&str| ());
        cx.observe_publishers(topic!(Stopping { .. })).on_presence(|(), cx, _| cx.quit());
    });
    let mut stage = Stage::new([reader(&log, &silence().in_background(), 9), heeds]);
    stage.stop()
}
