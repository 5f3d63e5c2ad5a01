//! S16: chatter starves no other process, and data waits while the program is behind with its work.

use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use futures::{FutureExt, StreamExt, stream};
use marketplace_core::{Actions, Actor, Context, Event, EventSource, Spawn, topic};

use crate::support::{Go, Log, Say, Stage, ground, run, trace};

/// A number of rounds that no test reaches.
const FOR_EVER: usize = 1_000_000;

/// How many turns chatter may take before the ground does something else, with a wide margin.
const SOON: usize = FOR_EVER / 10;

/// Counts the turns of chatter.
#[derive(Clone, Default)]
struct Turns(Arc<AtomicUsize>);

impl Turns {
    fn so_far(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    fn count(&self) -> usize {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

/// Sends messages to itself for ever, or until it is told to stop.
fn chatter(turns: &Turns) -> Spawn {
    let turns = turns.clone();
    Spawn::new((), move |(), cx| {
        cx.subscriber(topic!(Say(1, _))).on_message(move |(), cx, _| {
            if turns.count() < FOR_EVER {
                cx.send(Say(1, "x"));
            }
        });
        cx.send(Say(1, "x"));
    })
}

/// Chatter at the ground, or in nested VMs.
fn chatter_at(depth: usize, turns: &Turns) -> Spawn {
    (0..depth).fold(chatter(turns), |deeper, _| Spawn::nested([relay(), deeper]))
}

/// Keeps a nested VM from being collected.
fn relay() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.meta().subscriber(topic!(Go(_)));
    })
}

#[test]
fn s16_chatter_does_not_starve_a_stop_request() -> anyhow::Result<()> {
    for depth in [0, 1, 3] {
        let turns = Turns::default();
        let mut stage = Stage::of(ground([chatter_at(depth, &turns)]));
        assert!(stage.poll().is_pending());
        let stop = stage.handle.stop(Instant::now(), ready(())).now_or_never();
        assert_eq!(stop, Some(Ok(())));
        assert!(stage.poll().is_ready(), "depth {depth}");
        assert!(turns.so_far() < SOON, "depth {depth}: {} turns", turns.so_far());
    }
    Ok(())
}

#[test]
fn s16_the_ground_lets_other_tasks_run_in_the_midst_of_chatter() {
    for depth in [0, 1, 3] {
        let turns = Turns::default();
        let mut stage = Stage::of(ground([chatter_at(depth, &turns)]));
        for _ in 0..3 {
            let before = turns.so_far();
            assert!(stage.poll().is_pending());
            assert!(stage.take_woken(), "there is more to do");
            assert!((1..SOON).contains(&(turns.so_far() - before)), "depth {depth}");
        }
    }
}

/// The number of turns of chatter until a process has received what it waits for.
fn turns_until(depth: usize, wait: fn(&mut Context<'_, ()>, Log)) -> usize {
    let (turns, log) = (Turns::default(), Log::default());
    let got = log.clone();
    let mut stage =
        Stage::of(ground([chatter_at(depth, &turns), Spawn::new((), move |(), cx| wait(cx, got))]));
    while log.lines().is_empty() && turns.so_far() < FOR_EVER {
        assert!(stage.poll().is_pending());
    }
    turns.so_far()
}

#[test]
fn s16_chatter_does_not_starve_a_completion() {
    for depth in [0, 1, 3] {
        let turns = turns_until(depth, |cx, log| cx.perform(async {}, move |(), _, ()| log.add("done")));
        assert!(turns < SOON, "depth {depth}: {turns} turns");
    }
}

#[test]
fn s16_chatter_does_not_starve_a_clock() {
    for depth in [0, 1, 3] {
        let turns = turns_until(depth, |cx, log| {
            let clock = EventSource::once("clock", stream::iter(["tick"])).as_clock();
            cx.on_event(&clock, move |(), _, tick: &&str| log.add(tick));
        });
        assert!(turns < SOON, "depth {depth}: {turns} turns");
    }
}

#[test]
fn s16_chatter_that_is_not_behind_does_not_starve_data() {
    for depth in [0, 1, 3] {
        let turns = turns_until(depth, |cx, log| {
            let data = EventSource::once("data", stream::iter(["datum"]));
            cx.on_event(&data, move |(), _, datum: &&str| log.add(datum));
        });
        assert!(turns < SOON, "depth {depth}: {turns} turns");
    }
}

/// For some rounds, has so much to do that the ground is behind until the last of them has begun.
fn flood(log: &Log, rounds: usize) -> Spawn {
    let log = log.clone();
    Spawn::new((), move |(), cx| {
        last_word(cx, log, rounds);
        for _ in 0..5_000 {
            keep_busy(cx, rounds);
        }
    })
}

fn keep_busy(cx: &mut Context<'_, ()>, rounds: usize) {
    if rounds > 0 {
        cx.yield_then(move |(), cx| keep_busy(cx, rounds - 1));
    }
}

fn last_word(cx: &mut Context<'_, ()>, log: Log, rounds: usize) {
    match rounds {
        0 => log.add("the flood ebbs"),
        _ => cx.yield_then(move |(), cx| last_word(cx, log, rounds - 1)),
    }
}

/// Receives a datum and a tick. The data source reports when it is polled for the datum.
fn reader(log: &Log) -> Spawn {
    let (asked, got, ticked) = (log.clone(), log.clone(), log.clone());
    let data = EventSource::once("data", stream::iter(["datum"]).inspect(move |_| asked.add("asked")));
    let clock = EventSource::once("clock", stream::iter(["tick"])).as_clock();
    Spawn::new((), move |(), cx| {
        cx.on_event(&data, move |(), _, datum: &&str| got.add(datum));
        cx.on_event(&clock, move |(), _, tick: &&str| ticked.add(tick));
    })
}

#[test]
fn s16_data_is_not_asked_for_while_the_program_is_behind_but_clocks_are() {
    let lines = trace(|log| [flood(log, 50), reader(log)]);
    assert_eq!(lines, ["tick", "the flood ebbs", "asked", "datum"]);
}

#[test]
fn s16_what_is_pending_in_nested_vms_counts() {
    let lines = trace(|log| [Spawn::nested([Spawn::nested([flood(log, 50)])]), reader(log)]);
    assert_eq!(lines, ["tick", "the flood ebbs", "asked", "datum"]);
}

#[test]
fn s16_a_source_of_which_there_is_another_handle_can_be_made_a_clock() {
    let lines = trace(|log| {
        let (source, ticked) = (EventSource::once("source", stream::iter(["tick"])), log.clone());
        let clock = source.clone().as_clock();
        assert_eq!(clock, source);
        [
            flood(log, 50),
            Spawn::new((), move |(), cx| {
                cx.on_event(&clock, move |(), _, tick: &&str| ticked.add(tick));
            }),
        ]
    });
    assert_eq!(lines, ["tick", "the flood ebbs"]);
}

/// Adds up the turns that an actor reports.
struct Metered<A>(A, Turns);

impl<A: Actor> Actor for Metered<A> {
    fn handle(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
        self.0.handle(event, actions)?;
        self.1.0.fetch_add(actions.load().turns, Ordering::Relaxed);
        Ok(())
    }
}

/// The turns reported by a VM with `size` processes that receive `words` words from outside.
fn turns_reported(depth: usize, size: usize, words: usize) -> usize {
    let turns = Turns::default();
    let hearer = || {
        Spawn::new((), |(), cx| {
            cx.meta().subscriber(topic!(Say(1, _))).on_message(|(), _, _| {});
        })
    };
    let nested = (0..size).map(|_| match depth {
        0 => hearer(),
        _ => Spawn::nested([hearer()]),
    });
    let nested = Spawn::nested(nested.collect::<Vec<_>>()).wrap(|vm| Metered(vm, turns.clone()));
    let says = Spawn::new((), move |(), cx| (0..words).for_each(|_| cx.send(Say(1, "x"))));
    let outcome = run([nested, says]);
    assert!(outcome.is_ok(), "{outcome:?}");
    turns.so_far()
}

#[test]
fn s16_first_turns_and_turns_of_events_from_outside_count_as_turns_inside() {
    // Each has its boot turn, and one turn for each word.
    assert_eq!(turns_reported(0, 500, 0), 500);
    assert_eq!(turns_reported(0, 3, 10), 3 + 3 * 10);
    // The turns of the processes inside, and of the VMs around them.
    assert!(turns_reported(1, 500, 0) >= 2 * 500);
}

#[test]
fn s16_a_source_that_always_has_data_does_not_starve_others() {
    let lines = trace(|log| {
        let turns = Turns::default();
        let (counted, other) = (turns.clone(), log.clone());
        let torrent = EventSource::once("torrent", stream::repeat(()));
        let trickle = EventSource::once("trickle", stream::iter(["drop"]));
        [Spawn::new((), move |(), cx| {
            cx.on_event(&torrent, move |(), cx, &()| {
                if counted.count() > FOR_EVER {
                    cx.quit();
                }
            });
            cx.on_event(&trickle, move |(), cx, word: &&str| {
                assert!(turns.so_far() < SOON, "{} events", turns.so_far());
                other.add(word);
                cx.quit();
            });
        })]
    });
    assert_eq!(lines, ["drop"]);
}
