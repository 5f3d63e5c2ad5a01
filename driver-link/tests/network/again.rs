//! A message that is sent on by somebody who has heard it, the same one and not a copy, is sent twice.

use anyhow::ensure;
use marketplace_core::{
    Action, Actions, Actor, AddEndpoint, Event, EventKinds, GroundEvent, NetworkAction, Orientation, Role,
    Spawn, Token, topic,
};

use crate::support::{Joined, Noted, Said, Simulated, link};

/// Sends the first message on that it hears.
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

/// It speaks in the turn before that in which the link is told what has come, once it has been told to.
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
fn who_hears_a_message_in_the_place_of_another_hears_it_again() -> anyhow::Result<()> {
    let mut joined = Joined::<Simulated>::of([])?;
    joined.start_with(link("a"), [speaker(), Spawn::actor(Relay::default())])?;
    joined.start(link("b"))?;
    let (reporter, heard) = joined[1].reports();
    let ears = joined[1].process(|cx| {
        cx.subscriber(topic!(Noted(_))).named("old");
    })?;
    joined.flow()?;
    // So that nothing is left to be told but what comes next: to answer would part the two sends too.
    ears.run(|cx| {
        cx.publisher(topic!(Noted(2)));
    })?;
    joined.flow()?;
    joined[0].send(Said { room: 1, who: 1, number: 1 })?;
    // The mirror of the new one comes between the two sends, and that of the old one goes.
    ears.run(|cx| {
        cx.delete("old");
        cx.subscriber(topic!(Noted(_))).on_message(move |(), _, noted| reporter.report(noted.0));
    })?;
    joined.flow()?;
    let heard = heard.rest();
    ensure!(heard == [1, 1], "{heard:?} has been heard");
    Ok(())
}
