//! S18: stopping, and handles.

use std::future::{pending, ready};
use std::task::Poll;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures::channel::oneshot;
use futures::{FutureExt, StreamExt};
use marketplace_core::{Context, EventKinds, EventSource, GroundEnded, Handle, Spawn, Stopping, topic};

use crate::support::{Go, Log, Say, Stage, speaker};

/// Works until the program stops, and then for some more rounds.
fn worker(log: &Log, rounds: u32) -> Spawn {
    let (hears, stops) = (log.events("worker"), log.clone());
    Spawn::new(log.epitaph("worker is gone"), move |_, cx| {
        cx.on_event(&EventSource::once("silence", futures::stream::pending::<()>()), |_, _, &()| {});
        cx.subscriber(topic!(Say(1, _))).on(EventKinds::MESSAGE, hears);
        cx.observe_publishers(topic!(Stopping { .. })).on_presence(move |_, cx, _| {
            stops.add("stopping");
            finish(cx, rounds);
        });
    })
}

fn finish<S: 'static>(cx: &mut Context<'_, S>, rounds: u32) {
    match rounds {
        0 => cx.quit(),
        _ => cx.yield_then(move |_, cx| finish(cx, rounds - 1)),
    }
}

/// Requests a stop without a deadline.
fn stop(handle: &mut Handle) -> anyhow::Result<()> {
    let deadline = Instant::now() + Duration::from_secs(3600);
    Ok(handle.stop(deadline, pending()).now_or_never().context("the ground is behind")??)
}

#[test]
fn s18_a_stop_is_the_presence_of_a_participant_with_the_deadline() -> anyhow::Result<()> {
    let log = Log::default();
    let deadline = Instant::now() + Duration::from_secs(3600);
    let seen = log.clone();
    let participant = Spawn::new((), move |(), cx| {
        cx.subscriber(topic!(Stopping { .. })).on_presence(move |(), cx, peer| {
            let told = peer.conversation.clone();
            seen.add(told == topic!(Stopping { deadline: Some(deadline) }));
            seen.add(format_args!("{:?}", peer.interest));
            cx.quit();
        });
    });
    let mut stage = Stage::new([participant]);
    stage.handle.stop(deadline, pending()).now_or_never().context("the ground is behind")??;
    assert!(stage.settle().is_ready());
    assert_eq!(log.lines(), ["true", "Participant"]);
    Ok(())
}

#[test]
fn s18_the_ground_goes_on_until_all_have_finished_and_then_ends_well() -> anyhow::Result<()> {
    let log = Log::default();
    let mut stage = Stage::new([worker(&log, 1_000), Spawn::nested([])]);
    stop(&mut stage.handle)?;
    assert!(matches!(stage.settle(), Poll::Ready(Ok(()))), "also with a strong handle");
    assert_eq!(log.lines(), ["stopping", "worker is gone"]);
    Ok(())
}

#[test]
fn s18_whoever_comes_after_a_stop_is_told_too() -> anyhow::Result<()> {
    let log = Log::default();
    let mut stage = Stage::new([Spawn::new((), |(), cx| cx.perform(pending::<()>(), |(), _, ()| {}))]);
    stop(&mut stage.handle)?;
    stage.spawn(worker(&log, 0))?;
    assert_eq!(log.lines(), ["stopping", "worker is gone"]);
    Ok(())
}

#[test]
fn s18_what_is_left_is_dropped_when_the_deadline_passes() -> anyhow::Result<()> {
    let log = Log::default();
    let mut stage = Stage::new([worker(&log, u32::MAX)]);
    let (expire, expired) = oneshot::channel::<()>();
    let request = stage.handle.stop(Instant::now(), expired.map(|_| ())).now_or_never();
    assert_eq!(request, Some(Ok(())));
    for _ in 0..10 {
        assert!(stage.poll().is_pending());
    }
    drop(expire);
    assert!(matches!(stage.poll(), Poll::Ready(Ok(()))));
    assert_eq!(log.lines(), ["stopping", "worker is gone"]);
    Ok(())
}

#[test]
fn s18_of_several_stops_the_first_to_expire_counts() -> anyhow::Result<()> {
    let log = Log::default();
    let mut stage = Stage::new([worker(&log, u32::MAX)]);
    stop(&mut stage.handle)?;
    assert!(stage.poll().is_pending());
    assert_eq!(stage.handle.stop(Instant::now(), ready(())).now_or_never(), Some(Ok(())));
    assert!(stage.poll().is_ready());
    assert_eq!(log.lines(), ["stopping", "worker is gone"]);
    Ok(())
}

#[test]
fn s18_nothing_that_was_accepted_before_is_lost() -> anyhow::Result<()> {
    let log = Log::default();
    let mut stage = Stage::new([worker(&log, 10)]);
    for word in ["a", "b", "c"] {
        assert_eq!(stage.handle.send(Say(1, word)).now_or_never(), Some(Ok(())));
    }
    stop(&mut stage.handle)?;
    assert_eq!(stage.handle.send(Say(1, "d")).now_or_never(), Some(Ok(())));
    assert!(stage.settle().is_ready());
    let told = ["worker: a", "worker: b", "worker: c", "worker: d", "stopping"];
    let mut lines = log.lines();
    assert_eq!(lines.pop().as_deref(), Some("worker is gone"));
    lines.sort();
    let mut expected = told.map(str::to_owned);
    expected.sort();
    assert_eq!(lines, expected);
    Ok(())
}

#[test]
fn s18_a_request_that_was_accepted_as_the_last_strong_handle_went_is_not_lost() -> anyhow::Result<()> {
    let log = Log::default();
    let hears = log.events("a");
    let mut stage = Stage::new([Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Say(1, _))).on(EventKinds::MESSAGE, hears);
    })]);
    assert_eq!(stage.handle.send(Say(1, "x")).now_or_never(), Some(Ok(())));
    assert!(matches!(stage.handle.spawn(speaker(1, ["y"])).now_or_never(), Some(Ok(_))));
    stage.end()?;
    assert_eq!(log.lines(), ["a: x", "a: y"]);
    Ok(())
}

#[test]
fn s18_a_handle_of_a_ground_that_has_ended_says_so() -> anyhow::Result<()> {
    let mut stage = Stage::new([]);
    let mut weak = stage.handle.weak();
    stage.handle = weak.clone();
    assert!(stage.settle().is_ready());
    assert_eq!(weak.send(Say(1, "x")).now_or_never(), Some(Err(GroundEnded)));
    assert_eq!(weak.send_feedback(Say(1, "x")).now_or_never(), Some(Err(GroundEnded)));
    assert!(matches!(weak.spawn(speaker(1, [])).now_or_never(), Some(Err(GroundEnded))));
    assert_eq!(weak.stop(Instant::now(), ready(())).now_or_never(), Some(Err(GroundEnded)));
    assert!(matches!(weak.subscribe(topic!(Say(..)), 1).now_or_never(), Some(Err(GroundEnded))));
    Ok(())
}

#[test]
fn s18_a_weak_handle_does_all_that_a_strong_one_does_but_keep_the_ground() -> anyhow::Result<()> {
    let log = Log::default();
    let mut stage = Stage::new([worker(&log, 0)]);
    let mut weak = stage.handle.weak();
    stage.handle = weak.clone();
    weak.send(Say(1, "sent")).now_or_never().context("the ground is behind")??;
    weak.spawn(speaker(1, ["spawned"])).now_or_never().context("the ground is behind")??;
    assert!(stage.settle().is_pending(), "the worker has a source");
    stop(&mut weak)?;
    assert!(stage.settle().is_ready());
    assert_eq!(log.lines(), ["worker: sent", "worker: spawned", "stopping", "worker is gone"]);
    Ok(())
}

#[test]
fn s18_a_handle_that_is_never_used_again_does_not_keep_a_stopped_ground() -> anyhow::Result<()> {
    let mut stage = Stage::new([]);
    let other = stage.handle.clone();
    stop(&mut stage.handle)?;
    assert!(stage.settle().is_ready());
    drop(other);
    Ok(())
}

#[test]
fn s18_more_requests_than_fit_wait_for_the_ground_and_are_all_taken() -> anyhow::Result<()> {
    let log = Log::default();
    let hears = log.events("a");
    let mut stage = Stage::new([Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Go(_))).on(EventKinds::MESSAGE, hears);
    })]);
    let mut handle = stage.handle.clone();
    let mut sending = async move {
        for step in 0..1_000 {
            handle.send(Go(step)).await?;
        }
        Ok::<_, GroundEnded>(())
    }
    .boxed();
    while (&mut sending).now_or_never().is_none() {
        assert!(stage.settle().is_pending());
    }
    stage.end()?;
    assert_eq!(log.lines(), Vec::from_iter((0..1_000).map(|step| format!("a: Go({step})"))));
    Ok(())
}

#[test]
fn s18_a_subscription_ends_with_its_ground() -> anyhow::Result<()> {
    let mut stage = Stage::new([]);
    let mut weak = stage.handle.weak();
    let subscribed = weak.subscribe(topic!(Say(1, _)), 4).now_or_never();
    let mut messages = subscribed.context("the ground is behind")??;
    stage.send(Say(1, "x"))?;
    stage.end()?;
    let heard = messages.next().now_or_never().flatten().context("a message")??;
    assert_eq!(*heard, Say(1, "x"));
    assert!(matches!(messages.next().now_or_never(), Some(None)));
    Ok(())
}
