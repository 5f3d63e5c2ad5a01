//! Events that are kept, and clones of one message.

use std::time::Duration;

use marketplace_core::{
    Action, Actions, Actor, AddEndpoint, AnyMessage, Event, EventKinds, NetworkAction, Role, Spawn, Token,
    topic,
};

use crate::support::{Log, Say, speaker, trace};

/// Converts every event to an owned one before its actor handles it.
struct Kept(Box<dyn Actor>);

impl Actor for Kept {
    fn handle(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
        event.into_owned().with(|event| self.0.handle(event, actions))
    }
}

/// A process that receives every kind of event.
fn told_of_all(log: &Log) -> Spawn {
    Spawn::new(log.clone(), |log: &mut Log, cx| {
        cx.subscriber(topic!(Say(1, _))).on(EventKinds::ALL, log.events("ears"));
        cx.spawn_monitored(
            speaker(1, ["x"]),
            |log, _, _| log.add("spawned"),
            |log, _, _, reason| log.add(format_args!("ended, {reason}")),
        );
        cx.yield_then(|log: &mut Log, cx| {
            log.add("resumed");
            cx.perform(async { Duration::ZERO }, |log, cx, output| {
                log.add(format_args!("completed, {output:?}"));
                cx.quit();
            });
        });
    })
}

#[test]
fn an_owned_event_is_the_same_as_the_borrowed_one() {
    let peer = |log: &Log| log.watcher("mouth", Role::publisher(topic!(Say(1, _))));
    let lines = trace(|log| [told_of_all(log), peer(log)]);
    assert_eq!(trace(|log| [told_of_all(log).wrap(Kept), peer(log)]), lines);
    let expected = ["spawned", "resumed", "ears: x", "ears + Say(1, _)", "ended, normal", "completed, 0ns"];
    for line in expected {
        assert!(lines.iter().any(|told| told == line), "{line} is not in {lines:?}");
    }
}

/// Two endpoints that receive all messages, and log whether each message is the same allocation as the one before.
struct TwoEars {
    log: Log,
    last: Option<AnyMessage>,
}

impl Actor for TwoEars {
    fn handle(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
        match event {
            Event::Boot { .. } => {
                for token in [Token(0), Token(1)] {
                    let role = Role::subscriber(topic!(Say(..)));
                    let add = AddEndpoint { name: token.0.into(), role, token, kinds: EventKinds::MESSAGE };
                    actions.push(Action::Local(NetworkAction::Add(add)));
                }
            }
            Event::Message { message, .. } => {
                let is_same = self.last.replace(message.clone()).is_some_and(|last| last.is_same(message));
                self.log.add(format_args!("{message:?}, {}", if is_same { "the same" } else { "another" }));
            }
            _ => {}
        }
        Ok(())
    }
}

#[test]
fn a_message_is_the_same_at_each_endpoint_and_an_equal_one_is_not() {
    let lines = trace(|log| [Spawn::actor(TwoEars { log: log.clone(), last: None }), speaker(1, ["x", "x"])]);
    let once = ["Say(1, \"x\"), another", "Say(1, \"x\"), the same"];
    assert_eq!(lines, [once, once].concat());
}
