//! S16 and S18: the requests of handles, their order, and when they are accepted.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context as _;
use futures::FutureExt;
use marketplace_core::{EventKinds, GroundEnded, Spawn, Stopping, topic};

use crate::support::{Go, Log, Say, Stage, ground};

/// Logs each step, and quits when the program stops.
fn listener(log: &Log) -> Spawn {
    let (hears, stops) = (log.events("a"), log.clone());
    Spawn::new((), move |(), cx| {
        cx.subscriber(topic!(Go(_))).on(EventKinds::MESSAGE, hears);
        cx.observe_publishers(topic!(Stopping { .. })).on_presence(move |(), cx, _| {
            stops.add("stopping");
            cx.quit();
        });
    })
}

#[test]
fn s18_what_a_handle_sends_before_the_first_round_reaches_the_first_processes() -> anyhow::Result<()> {
    let log = Log::default();
    let mut stage = Stage::of(ground([listener(&log)]));
    stage.handle.send(Go(1)).now_or_never().context("the ground is behind")??;
    stage.end()?;
    assert_eq!(log.lines(), ["a: Go(1)"]);
    Ok(())
}

#[test]
fn s18_a_stop_comes_after_what_its_handle_has_sent_before() -> anyhow::Result<()> {
    let log = Log::default();
    let mut stage = Stage::new([listener(&log)]);
    // As many requests as may wait. The one that is not accepted at once is accepted after the stop, if at all.
    let mut sent = Vec::new();
    while stage.handle.send(Go(1)).now_or_never() == Some(Ok(())) {
        sent.push("a: Go(1)");
    }
    stage.stop()?;
    assert!(sent.len() > 1);
    assert_eq!(log.lines(), [sent, vec!["stopping"]].concat());
    Ok(())
}

/// Has so much to do that the ground is behind for a while.
fn flood() -> Spawn {
    Spawn::new((), |(), cx| (0..100_000).for_each(|_| cx.send(Say(1, "x"))))
}

#[test]
fn s18_a_stop_overtakes_what_its_handle_has_sent_where_the_program_is_behind() -> anyhow::Result<()> {
    let log = Log::default();
    let mut stage = Stage::of(ground([listener(&log), flood()]));
    stage.handle.send(Go(1)).now_or_never().context("the ground is behind")??;
    stage.stop()?;
    assert_eq!(log.lines(), ["stopping"]);
    Ok(())
}

/// How many actions each message from a handle causes.
const EACH: usize = 100;

/// Emits many actions for each step.
fn amplifier(behind: &Arc<AtomicUsize>) -> Spawn {
    let behind = Arc::clone(behind);
    Spawn::new((), move |(), cx| {
        cx.subscriber(topic!(Go(_))).on_message(move |(), cx, _| {
            behind.fetch_add(EACH, Ordering::Relaxed);
            (0..EACH).for_each(|_| cx.send(Say(1, "x")));
        });
    })
}

/// Receives the amplifier's messages, and records how far behind the ground was at most.
fn sink(behind: Arc<AtomicUsize>, most: Arc<AtomicUsize>) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.subscriber(topic!(Say(1, _))).on_message(move |(), _, _| {
            most.fetch_max(behind.fetch_sub(1, Ordering::Relaxed), Ordering::Relaxed);
        });
    })
}

#[test]
fn s16_requests_of_handles_are_not_taken_while_the_program_is_behind() -> anyhow::Result<()> {
    let (behind, most) = (Arc::default(), Arc::default());
    let mut stage = Stage::new([amplifier(&behind), sink(behind, Arc::clone(&most))]);
    let mut handle = stage.handle.clone();
    let mut sending = async move {
        for step in 0..5_000 {
            handle.send(Go(step)).await?;
        }
        Ok::<_, GroundEnded>(())
    }
    .boxed();
    while (&mut sending).now_or_never().is_none() {
        assert!(stage.poll().is_pending());
    }
    stage.end()?;
    // At most 1,024 steps waited at a time, and each of them causes this many actions.
    let most = most.load(Ordering::Relaxed);
    assert!((EACH..=1_024 * EACH).contains(&most), "{most} actions waited");
    Ok(())
}
