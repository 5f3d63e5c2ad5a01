//! Event sources: polled while a participant at the ground subscribes to them (S15 to S17).

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures::channel::mpsc;
use futures::{StreamExt, stream};
use marketplace_core::{EventSource, GroundEvent, Spawn, TakeOnce, topic};

use crate::support::{Epitaph, Go, Log, Stage, run, trace};

/// Logs the words of a source until a step, and all other events too.
fn reader(log: &Log, who: &'static str, source: &EventSource, until: u32) -> Spawn {
    let (hears, told, source) = (log.clone(), log.clone(), source.clone());
    Spawn::new((), move |(), cx| {
        cx.on_event(&source, move |(), _, word: &&str| hears.add(format_args!("{who}: {word}")))
            .on_presence({
                let told = told.clone();
                move |(), _, _| told.add(format_args!("{who} +"))
            })
            .on_absence(move |(), _, _, reason| told.add(format_args!("{who} -, {reason}")));
        cx.subscriber(topic!(Go(until))).on_message(|(), cx, _| cx.quit());
    })
}

#[test]
fn s15_a_source_is_present_while_its_stream_lives_and_heard_by_all() {
    let lines = trace(|log| {
        let source = EventSource::once("source", stream::iter(["x", "y"]));
        [reader(log, "a", &source, 9), reader(log, "b", &source, 9)]
    });
    let told = ["a +", "b +", "a: x", "b: x", "a: y", "b: y", "a -, normal", "b -, normal"];
    assert_eq!(lines, told);
}

/// A source that logs how often it has been opened. Its streams wait, and log when they are dropped.
fn counted(log: &Log) -> EventSource {
    let (log, opened) = (log.clone(), AtomicU32::new(0));
    EventSource::repeatable("counted", move || {
        let number = opened.fetch_add(1, Ordering::Relaxed);
        let epitaph: Epitaph = log.epitaph("dropped");
        let word = ["first", "second", "third"][number as usize];
        stream::iter([word]).chain(stream::pending()).inspect(move |_| {
            let _kept = &epitaph;
        })
    })
}

#[test]
fn s15_a_stream_is_shared_and_dropped_with_its_last_subscriber() -> anyhow::Result<()> {
    let log = Log::default();
    let source = counted(&log);
    let mut stage = Stage::new([reader(&log, "a", &source, 1), reader(&log, "b", &source, 2)]);
    assert_eq!(log.take(), ["a +", "b +", "a: first", "b: first"]);
    stage.go(1)?;
    assert!(log.take().is_empty());
    stage.go(2)?;
    assert_eq!(log.take(), ["dropped"]);
    Ok(())
}

#[test]
fn s15_a_repeatable_source_is_opened_anew_for_new_demand() -> anyhow::Result<()> {
    let log = Log::default();
    let source = counted(&log);
    let mut stage = Stage::new([reader(&log, "a", &source, 1)]);
    stage.go(1)?;
    stage.spawn(reader(&log, "b", &source, 2))?;
    assert_eq!(log.take(), ["a +", "a: first", "dropped", "b +", "b: second"]);
    Ok(())
}

#[test]
fn s15_a_repeatable_source_is_opened_anew_after_its_end() -> anyhow::Result<()> {
    let log = Log::default();
    let source = EventSource::repeatable("source", || stream::iter(["x"]));
    let mut stage = Stage::new([reader(&log, "a", &source, 1)]);
    stage.spawn(reader(&log, "b", &source, 2))?;
    assert_eq!(log.take(), ["a +", "a: x", "a -, normal"], "there is no new demand yet");
    stage.go(1)?;
    stage.go(2)?;
    stage.spawn(reader(&log, "c", &source, 9))?;
    assert_eq!(log.take(), ["c +", "c: x", "c -, normal"]);
    Ok(())
}

#[test]
fn s15_a_stream_that_panics_is_an_absence_with_the_panic_as_reason() -> anyhow::Result<()> {
    let log = Log::default();
    let source = EventSource::once("source", stream::iter(["x", "y"]).inspect(|word| assert_eq!(*word, "x")));
    let healthy = EventSource::once("healthy", stream::iter(["z"]));
    Stage::new([reader(&log, "a", &source, 9), reader(&log, "b", &healthy, 9)]);
    let lines = log.take();
    assert!(lines.iter().any(|line| line.starts_with("a -, panic: assertion")), "{lines:?}");
    assert!(lines.contains(&"b: z".into()), "{lines:?}");
    Ok(())
}

#[test]
fn s15_a_source_that_panics_as_it_is_opened_is_the_same() {
    let lines = trace(|log| {
        let source = EventSource::repeatable("source", || -> stream::Empty<&str> { panic!("no stream") });
        [reader(log, "a", &source, 9)]
    });
    assert_eq!(lines, ["a +", "a -, panic: no stream"]);
}

#[test]
fn s15_demand_that_goes_and_comes_back_at_once_opens_a_new_stream() -> anyhow::Result<()> {
    let log = Log::default();
    let source = counted(&log);
    let hears = log.clone();
    let process = Spawn::new((), move |(), cx| {
        let own = source.clone();
        let own_log = hears.clone();
        cx.on_event(&source, |(), _, _: &&str| {}).named("a");
        cx.subscriber(topic!(Go(1))).on_message(move |(), cx, _| {
            let hears = own_log.clone();
            cx.delete("a");
            cx.on_event(&own, move |(), _, word: &&str| hears.add(word)).named("a");
        });
    });
    let mut stage = Stage::new([process]);
    stage.go(1)?;
    let mut lines = log.take();
    lines.sort();
    assert_eq!(lines, ["dropped", "second"]);
    Ok(())
}

#[test]
fn s15_a_source_that_can_be_opened_once_is_absent_with_a_reason_after_that() -> anyhow::Result<()> {
    let log = Log::default();
    let (_sender, words) = mpsc::unbounded::<&str>();
    let source = EventSource::once("source", words);
    let mut stage = Stage::new([reader(&log, "a", &source, 1)]);
    stage.go(1)?;
    stage.spawn(reader(&log, "b", &source, 2))?;
    let lines = log.take();
    assert_eq!(lines[..2], ["a +", "b +"]);
    assert!(lines[2].starts_with("b -, ") && lines[2] != "b -, normal", "{lines:?}");
    Ok(())
}

#[test]
fn s15_only_a_participant_that_names_a_source_has_it_opened() {
    let lines = trace(|log| {
        let (source, observed) = (counted(log), log.clone());
        [Spawn::new((), move |(), cx| {
            cx.observe_publishers(topic!(GroundEvent { source, .. }))
                .on_presence(move |(), _, _| observed.add("+"));
            cx.subscriber(topic!(GroundEvent { .. }));
        })]
    });
    assert!(lines.is_empty(), "{lines:?}");
}

#[test]
fn s15_whoever_subscribes_to_everything_hears_what_others_ask_for() {
    let lines = trace(|log| {
        let source = EventSource::once("source", stream::iter(["x"]));
        let (hears, all) = (reader(log, "a", &source, 9), log.clone());
        let all = Spawn::new((), move |(), cx| {
            cx.subscriber(topic!(GroundEvent { .. })).on_message(move |(), _, event| {
                all.add(format_args!("all: {:?} {:?}", event.source, event.value))
            });
        });
        [all, hears]
    });
    assert_eq!(lines, ["a +", "all: EventSource(source) \"x\"", "a: x", "a -, normal"]);
}

#[test]
fn s15_sources_are_told_apart_by_identity_and_not_by_name() -> anyhow::Result<()> {
    let log = Log::default();
    let [one, two] = [["one"], ["two"]].map(|words| EventSource::once("same", stream::iter(words)));
    assert_ne!(one, two);
    assert_eq!(one, one.clone());
    run([reader(&log, "a", &one, 9), reader(&log, "b", &two, 9)])?;
    let mut lines = log.lines();
    lines.sort();
    assert_eq!(lines, ["a +", "a -, normal", "a: one", "b +", "b -, normal", "b: two"]);
    Ok(())
}

#[test]
fn s15_a_value_of_another_type_than_expected_fails_the_process() -> anyhow::Result<()> {
    let log = Log::default();
    let source = EventSource::once("source", stream::iter([1_u8]));
    let wrong = Spawn::new(log.epitaph("gone"), move |_, cx| {
        cx.on_event(&source, |_, _, _: &u16| {});
    });
    let _stage = Stage::new([wrong]);
    assert_eq!(log.lines(), ["gone"]);
    Ok(())
}

#[test]
fn s15_a_value_with_one_owner_goes_to_the_first_who_takes_it() {
    let lines = trace(|log| {
        let parcel = TakeOnce::new(String::from("parcel"));
        let source = EventSource::once("source", stream::iter([parcel]));
        ["a", "b"].map(|who| {
            let (log, source) = (log.clone(), source.clone());
            Spawn::new((), move |(), cx| {
                cx.on_event(&source, move |(), _, parcel: &TakeOnce<String>| {
                    log.add(format_args!("{who} {:?}", parcel.take()))
                });
            })
        })
    });
    assert_eq!(lines, ["a Some(\"parcel\")", "b None"]);
}

#[test]
fn s15_an_event_is_shared_and_not_copied() {
    let lines = trace(|log| {
        let source = EventSource::once("source", stream::iter([Arc::new(())]));
        ["a", "b"].map(|_| {
            let (log, source) = (log.clone(), source.clone());
            Spawn::new((), move |(), cx| {
                cx.on_event(&source, move |(), _, value: &Arc<()>| log.add(Arc::strong_count(value)));
            })
        })
    });
    assert_eq!(lines, ["1", "1"]);
}
