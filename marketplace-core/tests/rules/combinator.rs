//! S2 and S4: what wrappers of actors can rely on.

use anyhow::ensure;
use marketplace_core::{
    Action, Actions, Actor, AddEndpoint, Event, EventKinds, Level, NetworkAction, Reason, Role, Spawn, Token,
    topic,
};

use crate::support::with_traces;
use crate::support::{Log, Say, Stage, speaker, trace};

/// Discards the actions of a turn that fails, and continues.
struct Forgiving<A>(A);

impl<A: Actor> Actor for Forgiving<A> {
    fn handle(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
        if self.0.handle(event, actions).is_err() {
            drop(actions.take());
        }
        Ok(())
    }
}

/// Logs the words about 1, and fails at the word "x".
fn squeamish(log: &Log) -> Spawn {
    let log = log.clone();
    Spawn::new((), move |(), cx| {
        cx.subscriber(topic!(Say(1, _))).on_message(move |(), _, Say(_, word)| {
            ensure!(*word != "x", "not that word");
            log.add(word);
            Ok(())
        });
    })
}

#[test]
fn s02_a_wrapper_that_forgives_an_error_leaves_the_handlers_in_place() {
    let lines = trace(|log| [squeamish(log).wrap(Forgiving), speaker(1, ["a", "x", "b"])]);
    assert_eq!(lines, ["a", "b"]);
}

fn add(name: u32) -> Action {
    let role = Role::publisher(topic!(Say(name, _)));
    let add = AddEndpoint { name: name.into(), role, token: Token(0), kinds: EventKinds::NONE };
    Action::Local(NetworkAction::Add(add))
}

fn delete(name: u32) -> Action {
    Action::Local(NetworkAction::Delete { name: name.into(), reason: Reason::normal() })
}

fn names(actions: &Actions) -> Vec<String> {
    actions.endpoints().map(|(_, name, _)| format!("{name:?}")).collect()
}

#[test]
fn s04_endpoints_are_listed_in_the_order_in_which_they_were_asked_for() {
    let mut actions = Actions::new(false);
    (0..8).rev().for_each(|name| actions.push(add(name)));
    assert_eq!(names(&actions), ["7", "6", "5", "4", "3", "2", "1", "0"]);
    for action in [delete(6), add(6), add(3), delete(0)] {
        actions.push(action);
    }
    assert_eq!(names(&actions), ["7", "5", "4", "3", "2", "1", "6"]);
    assert!(actions.endpoints().all(|(level, _, _)| level == Level::Local));
}

/// In each turn, deletes all endpoints of an actor and adds them again, discards these actions, and logs the remaining
/// endpoints.
struct Wavering<A>(A, Log);

impl<A: Actor> Actor for Wavering<A> {
    fn handle(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
        self.0.handle(event, actions)?;
        let emitted = actions.take();
        let before = names(actions);
        for name in 0..3 {
            actions.push(delete(name));
            actions.push(add(name));
        }
        drop(actions.take());
        ensure!(before == names(actions), "{:?} was {before:?}", names(actions));
        emitted.into_iter().for_each(|action| actions.push(action));
        self.1.add(names(actions).join(" "));
        Ok(())
    }
}

#[test]
fn s04_what_is_taken_back_leaves_the_order_as_it_was() {
    let lines = trace(|log| {
        let process = Spawn::new((), |(), cx| {
            for name in [2, 0, 1] {
                cx.publisher(topic!(Say(name, _))).named(name);
            }
            cx.yield_then(|(), cx| cx.delete(2));
        });
        [process.wrap(|actor| Wavering(actor, log.clone()))]
    });
    assert_eq!(lines, ["2 0 1", "0 1", "0 1"], "at first, as one is deleted, and as that is answered");
}

/// Replaces the `Actions` that it was lent by others.
struct Replacing;

impl Actor for Replacing {
    fn handle(&mut self, _: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
        *actions = Actions::new(true);
        actions.push(add(7));
        Ok(())
    }
}

#[test]
fn s02_an_actor_that_replaces_the_actions_it_was_lent_fails_and_others_go_on() -> anyhow::Result<()> {
    let log = Log::default();
    let watcher = |who| log.watcher(who, Role::subscriber(topic!(Say(1, _))));
    let (outcome, lines) = with_traces(|| {
        let mut stage = Stage::new([watcher("a")]);
        stage.spawn(Spawn::actor(Replacing))?;
        stage.spawn(watcher("b"))?;
        stage.spawn(speaker(1, ["x"]))
    });
    outcome?;
    let is_logged =
        lines.iter().any(|line| line.contains("has replaced the `Actions` that it was lent with others"));
    assert!(is_logged, "{lines:?}");
    assert_eq!(log.take(), ["a settled, 0", "b settled, 0", "a: x", "b: x"]);
    Ok(())
}

#[test]
fn s02_s14_a_process_speaks_to_the_network_around_also_after_another_has_replaced_its_actions()
-> anyhow::Result<()> {
    /// Replaces its actions by some without a meta level.
    struct Denying;

    impl Actor for Denying {
        fn handle(&mut self, _: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
            *actions = Actions::new(false);
            Ok(())
        }
    }

    let log = Log::default();
    let events = log.events("inside");
    let other = Spawn::new((), move |(), cx| {
        cx.meta().subscriber(topic!(Say(1, _))).on(EventKinds::MESSAGE, events);
    });
    let mut stage = Stage::new([Spawn::nested([Spawn::actor(Denying), other])]);
    stage.send(Say(1, "around"))?;
    assert_eq!(log.take(), ["inside: around"]);
    stage.stop()
}
