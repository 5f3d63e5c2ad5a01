//! How a supervisor and its children end: when it is killed, when the program stops, and at a ground that cannot
//! wait.

use std::collections::BTreeSet;
use std::future::pending;

use anyhow::ensure;
use marketplace_core::{
    Action, Actions, Actor, Child, Context, Event, Ground, NetworkAction, Pid, Reason, Restart, Spawn,
    Stopping, Strategy, Supervisor, topic,
};

use super::play::{Cast, LENIENT, Play, SECOND, Tell};
use marketplace_testing::Clock;

use crate::support::{Go, Log, Say, Stage};

/// A supervisor of "a", "b" and "c", with delays of a second, that allows this number of restarts within a minute.
fn three(cast: &Cast, strategy: Strategy, restarts: usize) -> Supervisor {
    ["a", "b", "c"].into_iter().fold(
        Supervisor::new(strategy)
            .named("s")
            .limits(LENIENT.restarts(restarts, 60 * SECOND).backoff(SECOND, SECOND)),
        |supervisor, name| supervisor.child(cast.child(name, Restart::Permanent)),
    )
}

const STRATEGIES: [Strategy; 3] = [Strategy::OneForOne, Strategy::AllForOne, Strategy::RestForOne];

#[test]
fn the_children_of_a_supervisor_that_is_killed_end_the_last_one_first() -> anyhow::Result<()> {
    for strategy in STRATEGIES {
        let mut play = Play::new(|cast| three(cast, strategy, 9))?;
        play.seen();
        assert_eq!(play.kill_supervisor()?, "[killed] -c -b -a");
        assert_eq!(play.clock.next(), None);
    }
    Ok(())
}

#[test]
fn the_descendants_of_a_supervisor_that_is_killed_end_too() -> anyhow::Result<()> {
    let mut play = Play::new(|cast| {
        let theirs = cast.clone();
        Supervisor::new(Strategy::OneForOne)
            .child(cast.child("x", Restart::Permanent))
            .child(Child::new("below", move || three(&theirs, Strategy::OneForOne, 9).spawn()))
            .child(cast.child("y", Restart::Permanent))
    })?;
    assert_eq!(play.seen(), "+x +a +b +c +y");
    assert_eq!(play.kill_supervisor()?, "[killed] -y -c -b -a -x");
    Ok(())
}

#[test]
fn the_peers_of_a_child_are_told_why_its_supervisor_has_gone() -> anyhow::Result<()> {
    let mut play = Play::new(|cast| three(cast, Strategy::OneForOne, 9))?;
    let log = Log::default();
    let told = log.clone();
    play.stage.spawn(Spawn::new((), move |(), cx| {
        cx.observe_subscribers(topic!(Tell("a", _))).on_departure(move |(), _, _, reason| told.add(reason));
    }))?;
    play.kill_supervisor()?;
    assert_eq!(log.take(), ["killed", "killed"], "it has two endpoints");
    Ok(())
}

#[test]
fn a_supervisor_that_is_killed_while_children_wait_starts_none() -> anyhow::Result<()> {
    for strategy in STRATEGIES {
        let mut play = Play::new(|cast| three(cast, strategy, 9))?;
        play.fail("b")?;
        play.kill_supervisor()?;
        assert_eq!(play.pass(60 * SECOND)?, "");
        assert_eq!(play.clock.next(), None);
    }
    Ok(())
}

#[test]
fn a_supervisor_that_is_killed_as_it_starts_leaves_nobody_behind() -> anyhow::Result<()> {
    let mut counts = BTreeSet::new();
    for rounds in 0..40 {
        let (clock, cast) = (Clock::default(), Cast::default());
        let first = Child::new("first", || Spawn::new((), |(), cx| cx.send(Say(1, "begun"))));
        let supervisor = Supervisor::new(Strategy::RestForOne).child(first.restart(Restart::Temporary));
        let supervisor = ["a", "b", "c", "d", "e", "f"]
            .into_iter()
            .fold(supervisor, |supervisor, name| supervisor.child(cast.child(name, Restart::Permanent)));
        let killer = Spawn::new(None, move |_, cx| {
            cx.spawn_then(supervisor.spawn(), |supervisor, _, pid| *supervisor = Some(pid));
            cx.subscriber(topic!(Say(1, _))).on_message(move |_, cx, _| kill_after(cx, rounds));
        });
        let mut stage = Stage::of(Ground::new().with_sleep(clock.sleeper()).spawn(killer));
        stage.rest()?;
        let seen = cast.seen();
        let (came, went) = (seen.matches('+').count(), seen.matches('-').count());
        assert_eq!(came, went, "killed after {rounds} rounds: {seen}");
        counts.insert(came);
    }
    assert!(counts.len() > 3, "it was killed at several stages of its start: {counts:?}");
    Ok(())
}

/// Kills the supervisor after some rounds.
fn kill_after(cx: &mut Context<'_, Option<Pid>>, rounds: u32) {
    if rounds > 0 {
        return cx.yield_then(move |_, cx| kill_after(cx, rounds - 1));
    }
    cx.yield_then(|supervisor, cx| {
        if let Some(pid) = supervisor.take() {
            cx.kill(&pid, Reason::normal());
        }
    });
}

#[test]
fn a_supervisor_that_quits_in_the_turn_in_which_it_begins_leaves_nobody_behind() -> anyhow::Result<()> {
    struct Fickle(Box<dyn Actor>);
    impl Actor for Fickle {
        fn handle(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
            let is_beginning = matches!(event, Event::Completed { .. });
            self.0.handle(event, actions)?;
            if is_beginning {
                actions.push(Action::Local(NetworkAction::Quit { pid: None, reason: Reason::normal() }));
            }
            Ok(())
        }
    }
    let play = Play::of(|cast| three(cast, Strategy::OneForOne, 9).spawn().wrap(Fickle))?;
    assert_eq!(play.seen(), "[normal]");
    Ok(())
}

/// Quits or fails at a stop. Until then, a future of it keeps the ground running.
fn heeds_stops(cast: &Cast, name: &'static str, fails: bool) -> Child {
    let cast = cast.clone();
    Child::new(name, move || {
        let log = cast.log.clone();
        Spawn::new((), move |(), cx| {
            log.add(format_args!("+{name}"));
            cx.perform(pending::<()>(), |(), _, ()| {});
            cx.observe_publishers(topic!(Stopping { .. })).on_presence(move |(), cx, _| {
                log.add(format_args!("{name} stops"));
                ensure!(!fails, "{name} fails");
                cx.quit();
                Ok(())
            });
        })
    })
}

#[test]
fn at_a_stop_children_end_by_themselves_and_are_not_made_again() -> anyhow::Result<()> {
    for strategy in STRATEGIES {
        for fails in [false, true] {
            let mut play = Play::new(|cast| {
                let supervisor = Supervisor::new(strategy).limits(LENIENT.restarts(0, SECOND));
                supervisor.child(heeds_stops(cast, "a", fails)).child(heeds_stops(cast, "b", fails))
            })?;
            assert_eq!(play.seen(), "+a +b");
            play.stage.stop()?;
            assert_eq!(play.seen(), "a stops b stops [normal]", "{strategy:?}, fails: {fails}");
        }
    }
    Ok(())
}

#[test]
fn children_that_keep_no_ground_do_not_hold_up_a_stop() -> anyhow::Result<()> {
    for strategy in STRATEGIES {
        let mut play = Play::new(|cast| three(cast, strategy, 9))?;
        play.seen();
        play.stage.stop()?;
    }
    Ok(())
}

#[test]
fn a_stop_calls_off_all_that_is_waited_for() -> anyhow::Result<()> {
    for strategy in STRATEGIES {
        let mut play = Play::new(|cast| {
            let hour = 3_600 * SECOND;
            let lasting = three(cast, strategy, 9).limits(LENIENT.restarts(9, hour).backoff(hour, hour));
            lasting.child(heeds_stops(cast, "d", false))
        })?;
        play.fail("b")?;
        assert!(play.clock.next().is_some());
        play.stage.stop()?;
        let seen = play.seen();
        assert!(!seen.contains('+'), "{seen}");
    }
    Ok(())
}

#[test]
fn a_child_that_fails_after_a_stop_is_not_restarted() -> anyhow::Result<()> {
    let mut play =
        Play::new(|cast| three(cast, Strategy::AllForOne, 0).child(heeds_stops(cast, "d", false)))?;
    play.stage.spawn(stays(1))?;
    play.begin_stop()?;
    play.seen();
    assert_eq!(play.fail("b")?, "-b");
    assert_eq!(play.fail("a")?, "-a");
    assert_eq!(play.quit("c")?, "-c [normal]", "the supervisor quits when all are gone");
    play.stage.go(1)
}

#[test]
fn a_supervisor_that_is_spawned_after_a_stop_starts_no_child() -> anyhow::Result<()> {
    let mut play = Play::new(|cast| three(cast, Strategy::OneForOne, 9))?;
    play.stage.spawn(stays(1))?;
    play.begin_stop()?;
    play.seen();
    let late = three(&play.cast, Strategy::OneForOne, 9).spawn();
    play.stage.spawn(late)?;
    assert_eq!(play.seen(), "");
    Ok(())
}

/// Keeps the ground running until a step.
fn stays(until: u32) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.perform(pending::<()>(), |(), _, ()| {});
        cx.subscriber(topic!(Go(until))).on_message(|(), cx, _| cx.quit());
    })
}

#[test]
fn at_a_ground_that_cannot_wait_a_supervisor_fails_before_it_has_started_a_child() {
    let cast = Cast::default();
    let supervisor = three(&cast, Strategy::OneForOne, 9).spawn();
    let ended = futures::executor::block_on(Ground::new().main(supervisor).run());
    let error = format!("{:#}", ended.expect_err("it fails"));
    assert!(
        error.contains("a supervisor needs a way to wait") && error.contains("Ground::with_sleep"),
        "{error}"
    );
    assert_eq!(cast.seen(), "");
}

#[test]
fn s15_a_ground_ends_by_itself_once_nothing_is_waited_for() -> anyhow::Result<()> {
    for failures in 0..3 {
        let mut play = Play::new(|cast| {
            let limits = LENIENT.restarts(9, 60 * SECOND).reset_after(30 * SECOND);
            three(cast, Strategy::OneForOne, 9).limits(limits)
        })?;
        for _ in 0..failures {
            play.fail("a")?;
        }
        assert_eq!(play.clock.next(), (failures > 0).then_some(30 * SECOND));
        play.pass(30 * SECOND)?;
        assert_eq!(play.clock.next(), (failures > 0).then_some(30 * SECOND));
        play.pass(30 * SECOND)?;
        assert_eq!(play.clock.next(), None);
        play.stage.end()?;
    }
    Ok(())
}
