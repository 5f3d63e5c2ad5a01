//! A message that a process forwards without a copy is sent twice.

use anyhow::ensure;
use marketplace_core::{
    Action, Actions, Actor, AddEndpoint, Event, EventKinds, GroundEvent, NetworkAction, Orientation, Role,
    Spawn, Token, topic,
};

use crate::support::{Joined, Noted, Said, Simulated, link};

/// Forwards the first message that it receives.
#[derive(Default)]
struct Relay {
    has_heard: bool,
}

impl Actor for Relay {
    fn handle(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
        match event {
            Event::Boot { .. } => {
                let role = Role::subscriber(topic!(Noted(_)));
                let add =
                    AddEndpoint { name: "ear".into(), role, token: Token(0), kinds: EventKinds::MESSAGE };
                actions.push(Action::Local(NetworkAction::Add(add)));
            }
            Event::Message { message, .. } if !self.has_heard => {
                self.has_heard = true;
                let (orientation, message) = (Orientation::Publisher, message.clone());
                actions.push(Action::Local(NetworkAction::Send { orientation, message }));
            }
            _ => {}
        }
        Ok(())
    }
}

/// Once it is armed, it sends in the turn before the one in which the link handles what has arrived.
fn speaker() -> Spawn {
    Spawn::new(false, |_, cx| {
        cx.subscriber(topic!(Said { .. })).on_message(|is_armed, _, _| *is_armed = true);
        cx.observe_publishers(topic!(GroundEvent { .. })).on_message(|is_armed, cx, _| {
            if std::mem::take(is_armed) {
                cx.send(Noted(1));
            }
        });
    })
}

#[test]
fn an_endpoint_that_replaces_a_receiver_between_two_sends_receives_the_message_again() -> anyhow::Result<()> {
    let mut joined = Joined::<Simulated>::of([])?;
    joined.start_with(link("a"), [speaker(), Spawn::actor(Relay::default())])?;
    joined.start(link("b"))?;
    let (reporter, heard) = joined[1].reports();
    let ears = joined[1].process(|cx| {
        cx.subscriber(topic!(Noted(_))).named("old");
    })?;
    joined.flow()?;
    // So nothing else is left to send than what follows. An answer would separate the two sends too.
    ears.run(|cx| {
        cx.publisher(topic!(Noted(2)));
    })?;
    joined.flow()?;
    joined[0].send(Said { room: 1, who: 1, number: 1 })?;
    // The mirror of the new endpoint is added, and that of the old one deleted, between the two sends.
    ears.run(|cx| {
        cx.delete("old");
        cx.subscriber(topic!(Noted(_))).on_message(move |(), _, noted| reporter.report(noted.0));
    })?;
    joined.flow()?;
    let heard = heard.rest();
    ensure!(heard == [1, 1], "{heard:?} has been heard");
    Ok(())
}
