//! S2: panics in unusual places are contained: in the ground's own work, in streams and outputs, and while several
//! values are dropped at once.
//!
//! A second panic during the unwinding of the first one aborts the whole test program, so some of these tests assert
//! something only by reaching their end.

use std::panic::panic_any;
use std::task::Poll;
use std::time::Instant;

use anyhow::{Context as _, bail};
use futures::channel::{mpsc, oneshot};
use futures::{FutureExt, Stream, StreamExt, stream};
use marketplace_core::{EventKinds, EventSource, Reason, Spawn, Stopping, topic};

use super::fuse::{Deed, Fuse, Poke, Touchy, pokes};
use super::panics::neighbours;
use crate::support::{Go, Log, Say, Stage, Unspeakable, ground, publisher, run, speaker, with_traces};

/// Logs messages about 1, and quits when the program stops.
fn listener(log: &Log) -> Spawn {
    let (hears, stops) = (log.events("a"), log.clone());
    Spawn::new((), move |(), cx| {
        cx.subscriber(topic!(Say(1, _))).on(EventKinds::MESSAGE, hears);
        cx.subscriber(pokes(1, &Fuse::default()));
        cx.observe_publishers(topic!(Stopping { .. })).on_presence(move |(), cx, _| {
            stops.add("stopping");
            cx.quit();
        });
    })
}

#[test]
fn s02_a_bad_message_of_a_handle_does_not_silence_the_ground() -> anyhow::Result<()> {
    for deed in [Deed::Hash, Deed::Eq, Deed::Drop] {
        let (log, fuse) = (Log::default(), Fuse::default());
        let mut stage = Stage::new([neighbours(), listener(&log)]);
        fuse.light(deed);
        stage.send(Poke(Touchy::new(1, &fuse)))?;
        assert!(!fuse.is_lit(), "{deed:?}");
        stage.send(Say(1, "a later message"))?;
        stage.stop()?;
        assert_eq!(log.take(), ["a: a later message", "stopping"], "{deed:?}");
    }
    Ok(())
}

/// Logs the words of a source, and its end.
fn reader(log: &Log, words: impl Stream<Item = &'static str> + Send + 'static) -> Spawn {
    let (hears, ends) = (log.clone(), log.clone());
    let source = EventSource::once("words", words);
    Spawn::new((), move |(), cx| {
        cx.on_event(&source, move |(), _, word: &&str| hears.add(word))
            .on_absence(move |(), _, _, reason| ends.add(format_args!("ends, {reason}")));
        cx.subscriber(topic!(Go(1))).on_message(|(), cx, _| cx.quit());
    })
}

#[test]
fn s02_a_bad_value_of_an_event_source_does_not_silence_the_others() -> anyhow::Result<()> {
    let (log, fuse) = (Log::default(), Fuse::default());
    fuse.light(Deed::Drop);
    let bad = EventSource::once("bad", stream::iter([Touchy::new(1, &fuse)]));
    let hears_bad = Spawn::new((), move |(), cx| {
        cx.on_event(&bad, |(), _, _: &Touchy| {});
    });
    let (sender, words) = mpsc::unbounded();
    let mut stage = Stage::new([reader(&log, words), hears_bad, listener(&log)]);
    assert!(!fuse.is_lit());
    sender.unbounded_send("a later event")?;
    drop(sender);
    stage.send(Say(1, "a later message"))?;
    stage.stop()?;
    let mut lines = log.take();
    lines.sort();
    assert_eq!(lines, ["a later event", "a: a later message", "ends, normal", "stopping"]);
    Ok(())
}

/// A stream that holds a value until it is dropped.
fn keeping<S: Stream>(stream: S, kept: Touchy) -> impl Stream<Item = S::Item> {
    stream.inspect(move |_| {
        let _kept = &kept;
    })
}

#[test]
fn s02_a_stream_that_panics_as_it_ends_has_ended() -> anyhow::Result<()> {
    let (log, fuse) = (Log::default(), Fuse::default());
    let words = keeping(stream::iter(["x"]), Touchy::new(1, &fuse));
    fuse.light_for_ever(Deed::Drop);
    run([reader(&log, words)])?;
    assert_eq!(log.take(), ["x", "ends, normal"]);
    Ok(())
}

#[test]
fn s02_a_stream_that_panics_as_its_last_subscriber_goes_disturbs_nobody() -> anyhow::Result<()> {
    let (log, fuse) = (Log::default(), Fuse::default());
    let words = keeping(stream::pending(), Touchy::new(1, &fuse));
    let mut stage = Stage::new([reader(&log, words), listener(&log)]);
    fuse.light(Deed::Drop);
    stage.go(1)?;
    assert!(!fuse.is_lit());
    stage.send(Say(1, "all is well"))?;
    assert_eq!(log.take(), ["a: all is well"]);
    Ok(())
}

#[test]
fn s02_an_output_that_panics_as_nobody_takes_it_disturbs_nobody() -> anyhow::Result<()> {
    let (log, fuse) = (Log::default(), Fuse::default());
    let lit = fuse.clone();
    let (sender, receiver) = oneshot::channel();
    let leaver = Spawn::new(Some(sender), move |_, cx| {
        cx.perform(receiver, |_, _, _| {});
        cx.subscriber(topic!(Go(1))).on_message(move |sender, cx, _| {
            // The process has much left to do before it is gone, and takes no more turns.
            for _ in 0..2_000 {
                cx.send(Say(2, "on the way out"));
            }
            cx.quit();
            sender.take().context("only once")?.send(Touchy::new(1, &fuse)).ok().context("nobody waits")?;
            fuse.light(Deed::Drop);
            Ok(())
        });
    });
    let mut stage = Stage::new([leaver, listener(&log)]);
    stage.go(1)?;
    assert!(!lit.is_lit());
    stage.send(Say(1, "all is well"))?;
    assert_eq!(log.take(), ["a: all is well"]);
    Ok(())
}

#[test]
fn s02_a_deadline_that_panics_has_passed() -> anyhow::Result<()> {
    let mut stage = Stage::new([publisher(1, 1)]);
    let expired = async { panic!("no clock") };
    stage.handle.stop(Instant::now(), expired).now_or_never().context("the ground is behind")??;
    assert!(matches!(stage.settle(), Poll::Ready(Ok(()))));
    Ok(())
}

/// A process that stays. Its state, its handlers and its topics panic when they are dropped.
fn bad(fuse: &Fuse) -> Spawn {
    let [state, one, other] = [(); 3].map(|()| Touchy::new(1, fuse));
    let topics = [1, 2].map(|number| pokes(number, fuse));
    Spawn::new(state, move |_, cx| {
        cx.subscriber(topic!(Go(9)))
            .on_message(move |_, _, _| {
                let _kept = &one;
            })
            .on_message(move |_, _, _| {
                let _kept = &other;
            });
        for topic in topics {
            cx.publisher(topic);
        }
    })
}

#[test]
fn s02_all_that_panics_as_a_vm_goes_disturbs_nobody() -> anyhow::Result<()> {
    let (log, fuse) = (Log::default(), Fuse::default());
    let quitter = Spawn::new((), |(), cx| {
        cx.meta().subscriber(topic!(Go(1))).on_message(|(), cx, _| cx.meta().quit());
    });
    let nested = Spawn::nested([bad(&fuse), quitter, bad(&fuse)]);
    let mut stage = Stage::new([nested, listener(&log)]);
    fuse.light_for_ever(Deed::Drop);
    stage.go(1)?;
    stage.send(Say(1, "all is well"))?;
    assert_eq!(log.take(), ["a: all is well"]);
    Ok(())
}

#[test]
fn s02_all_that_panics_as_the_program_ends_does_not_panic_it() -> anyhow::Result<()> {
    let fuse = Fuse::default();
    let mut stage = Stage::new([bad(&fuse), bad(&fuse)]);
    fuse.light_for_ever(Deed::Drop);
    stage.stop()
}

#[test]
fn s02_two_messages_that_panic_as_a_failed_turn_is_taken_back_disturb_nobody() -> anyhow::Result<()> {
    let (log, fuse) = (Log::default(), Fuse::default());
    fuse.light_for_ever(Deed::Drop);
    let failing = Spawn::new((), move |(), cx| {
        cx.send(Poke(Touchy::new(1, &fuse)));
        cx.send(Poke(Touchy::new(1, &fuse)));
        bail!("broken")
    });
    run([listener(&log), failing, speaker(1, ["all is well"])])?;
    assert_eq!(log.take(), ["a: all is well"]);
    Ok(())
}

#[test]
fn s02_a_state_and_messages_that_panic_as_they_are_dropped_together_disturb_nobody() -> anyhow::Result<()> {
    let (log, fuse) = (Log::default(), Fuse::default());
    let sends = fuse.clone();
    let busy = Spawn::new(Touchy::new(1, &fuse), move |_, cx| {
        cx.subscriber(topic!(Go(1))).on_message(move |_, cx, _| {
            // The VM ends before it has performed all of the following.
            cx.meta().quit();
            for _ in 0..2_000 {
                cx.send(Poke(Touchy::new(2, &sends)));
            }
            sends.light_for_ever(Deed::Drop);
        });
        cx.meta().subscriber(topic!(Go(1))).on_message(|_, cx, _| cx.send(Go(1)));
    });
    let mut stage = Stage::new([Spawn::nested([busy]), listener(&log)]);
    stage.go(1)?;
    stage.send(Say(1, "all is well"))?;
    assert_eq!(log.take(), ["a: all is well"]);
    Ok(())
}

#[test]
fn s02_a_panic_whose_payload_panics_in_turn_disturbs_nobody() -> anyhow::Result<()> {
    let (log, fuse) = (Log::default(), Fuse::default());
    fuse.light_for_ever(Deed::Drop);
    let payload = fuse.clone();
    let in_turn = Spawn::new((), move |(), _| -> () { panic_any(Touchy::new(1, &payload)) });
    let in_future = Spawn::new((), move |(), cx| {
        cx.perform(async move { panic_any(Touchy::new(1, &fuse)) }, |(), _, ()| {});
    });
    run([listener(&log), in_turn, in_future, speaker(1, ["all is well"])])?;
    assert_eq!(log.take(), ["a: all is well"]);
    Ok(())
}

#[test]
fn s02_requests_that_panic_as_they_are_dropped_with_the_program_do_not_panic_it() -> anyhow::Result<()> {
    let fuse = Fuse::default();
    let flood = Spawn::new((), |(), cx| (0..100_000).for_each(|_| cx.send(Say(2, "x"))));
    let mut stage = Stage::of(ground([flood]));
    for _ in 0..2 {
        assert_eq!(stage.handle.send(Poke(Touchy::new(1, &fuse))).now_or_never(), Some(Ok(())));
    }
    stage.handle.stop(Instant::now(), async {}).now_or_never().context("the ground is behind")??;
    fuse.light_for_ever(Deed::Drop);
    assert!(matches!(stage.settle(), Poll::Ready(Ok(()))));
    Ok(())
}

#[test]
fn s02_who_kills_for_a_reason_that_cannot_be_shown_lives_on() -> anyhow::Result<()> {
    let log = Log::default();
    let (tells, lives) = (log.clone(), log.clone());
    let killer = Spawn::new((), move |(), cx| {
        cx.subscriber(topic!(Say(1, _)))
            .on_message(|(), _, _| ())
            .on_absence(move |(), _, _, _| tells.add("the victim has gone"));
        cx.spawn_then(publisher(1, 1), |(), cx, victim| cx.kill(&victim, Reason::error(Unspeakable)));
        cx.subscriber(topic!(Go(2))).on_message(move |(), _, _| lives.add("the killer lives on"));
    });
    let (outcome, _) = with_traces(|| {
        let mut stage = Stage::new([killer]);
        stage.go(2)?;
        stage.stop()
    });
    outcome?;
    assert_eq!(log.take(), ["the victim has gone", "the killer lives on"]);
    Ok(())
}
