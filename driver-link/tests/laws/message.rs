//! Which endpoints receive a message, how often, and in which order.

use anyhow::ensure;
use marketplace_core::{
    Action, Actions, Actor, AddEndpoint, AnyMessage, Event, EventKinds, Interest, NetworkAction, Orientation,
    Role, Spawn, Token, topic,
};
use marketplace_testing::{Inbox, InboxEvent};

use crate::support::{Joined, Noted, Said, Way, link, said};

pub(crate) fn link_s05_a_message_comes_once_to_each_endpoint_however_many_mirrors_match<W: Way>()
-> anyhow::Result<()> {
    let mut joined = Joined::<W>::of([link("a"), link("b")])?;
    let mut ears = Vec::new();
    for ground in [0, 1, 1, 1] {
        ears.push(joined[ground].messages(topic!(Said { room: 1, .. }))?);
    }
    ears.push(joined[1].messages(topic!(Said { .. }))?);
    joined.flow()?;
    joined[0].send(said(1, 17))?;
    joined.flow()?;
    for ear in &mut ears {
        ensure!(ear.message()?.number == 17, "another message has come");
        ear.nothing()?;
    }
    Ok(())
}

pub(crate) fn link_s05_a_message_comes_once_also_in_a_flood<W: Way>() -> anyhow::Result<()> {
    const ALL: u32 = 3_000;
    let mut joined = Joined::<W>::of([link("a"), link("b")])?;
    let (reporter, heard) = joined[1].reports();
    let _listeners = joined[1].process(move |cx| {
        let narrow = reporter.clone();
        cx.subscriber(topic!(Said { room: 1, .. })).on_message(move |(), _, said| narrow.report(said.number));
        cx.subscriber(topic!(Said { .. })).on_message(move |(), _, said| reporter.report(said.number));
    })?;
    joined.flow()?;
    joined[0].process(|cx| (0..ALL).for_each(|number| cx.send(said(1, number))))?.quit()?;
    joined.flow()?;
    for number in 0..ALL {
        for _ear in 0..2 {
            let came = heard.next()?;
            ensure!(came == number, "{came} has come where {number} should have");
        }
    }
    Ok(())
}

pub(crate) fn link_s05_feedback_goes_the_other_way<W: Way>() -> anyhow::Result<()> {
    let mut joined = Joined::<W>::of([link("a"), link("b")])?;
    let mut publisher = joined[0].publisher(topic!(Said { room: 1, .. }))?;
    let mut subscriber = joined[1].subscriber(topic!(Said { room: 1, .. }))?;
    joined.flow()?;
    publisher.presence()?;
    subscriber.presence()?;
    joined[1].send_feedback(said(1, 3))?;
    joined.flow()?;
    ensure!(publisher.message()?.number == 3, "another message has come");
    publisher.nothing()?;
    subscriber.nothing()
}

pub(crate) fn link_s05_messages_of_one_sender_keep_their_order_among_types<W: Way>() -> anyhow::Result<()> {
    const EACH: u32 = 500;
    let mut joined = Joined::<W>::of([link("a"), link("b")])?;
    let (reporter, heard) = joined[1].reports();
    let said_to = reporter.clone();
    let _listener = joined[1].process(move |cx| {
        let ear = cx.subscriber(topic!(Said { .. }));
        ear.on_message(move |(), _, said: &Said| said_to.report(said.number));
        cx.subscriber(topic!(Noted(_))).on_message(move |(), _, noted: &Noted| reporter.report(noted.0));
    })?;
    joined.flow()?;
    let speaker = joined[0].process(|_| {})?;
    for first in (0..2 * EACH).step_by(10) {
        speaker.run(move |cx| {
            for number in (first..first + 10).step_by(2) {
                cx.send(said(1, number));
                cx.send(Noted(number + 1));
            }
        })?;
    }
    joined.flow()?;
    for number in 0..2 * EACH {
        let came = heard.next()?;
        ensure!(came == number, "{came} has come where {number} should have");
    }
    Ok(())
}

pub(crate) fn link_s05_a_message_overtakes_nothing_of_its_own_sender<W: Way>() -> anyhow::Result<()> {
    let mut joined = Joined::<W>::of([link("a"), link("b")])?;
    let mut ear = joined[1].subscriber(topic!(Said { .. }))?;
    joined.flow()?;
    let speaker = joined[0].process(|_| {})?;
    for number in 0..50 {
        speaker.run(move |cx| {
            cx.publisher(topic!(Said { room: 1, who: number, .. })).named("mouth");
            cx.send(said(number, number));
            cx.delete("mouth");
        })?;
    }
    joined.flow()?;
    for number in 0..50 {
        let conversation = ear.presence()?;
        ensure!(conversation == topic!(Said { room: 1, who: number, .. }), "{conversation:?} came");
        ensure!(ear.message()?.number == number, "another message than {number}");
        ear.absence()?;
    }
    ear.nothing()
}

pub(crate) fn link_s05_what_came_by_a_link_goes_out_by_no_other<W: Way>() -> anyhow::Result<()> {
    let mut joined = Joined::<W>::of([link("a"), link("b"), link("c")])?;
    let mut ears = Vec::new();
    for ground in 0..3 {
        ears.push(joined[ground].subscriber(topic!(Said { .. }))?);
    }
    joined.flow()?;
    let mouth = joined[0].publisher(topic!(Said { room: 1, .. }))?;
    joined.flow()?;
    joined[0].send(said(1, 0))?;
    joined.flow()?;
    for ear in &mut ears {
        ear.presence()?;
        ensure!(ear.message()?.number == 0, "another message has come");
        ear.nothing()?;
    }
    mouth.close()?;
    joined.flow()?;
    for ear in &mut ears {
        ear.absence()?;
        ear.nothing()?;
    }
    Ok(())
}

pub(crate) fn link_s05_those_who_merely_watch_hear_too<W: Way>() -> anyhow::Result<()> {
    let mut joined = Joined::<W>::of([link("a"), link("b")])?;
    for interest in [Interest::Observer, Interest::Everything] {
        let role = Role::subscriber(topic!(Said { .. })).with_interest(interest);
        let mut watcher: Inbox<Said> = joined[1].watch(role)?;
        joined.flow()?;
        joined[0].send(said(1, 8))?;
        joined.flow()?;
        let heard: Vec<_> =
            watcher.rest().into_iter().filter(|seen| matches!(seen, InboxEvent::Message(_))).collect();
        ensure!(heard.len() == 1, "{interest:?} has heard {heard:?}");
        watcher.close()?;
        joined.flow()?;
    }
    Ok(())
}

pub(crate) fn link_s05_a_message_for_nobody_is_dropped_where_it_was_sent<W: Way>() -> anyhow::Result<()> {
    let mut joined = Joined::<W>::of([link("a"), link("b")])?;
    let mut elsewhere = joined[1].messages(topic!(Said { room: 2, .. }))?;
    joined.flow()?;
    let before = [joined[0].counters()?.dropped, joined[1].counters()?.dropped];
    joined[0].send(said(1, 1))?;
    joined.flow()?;
    ensure!(joined[0].counters()?.dropped == before[0] + 1, "it is not counted as dropped");
    ensure!(joined[1].counters()?.dropped == before[1], "it has been sent over there");
    elsewhere.nothing()
}

/// Sends the same message to its subscribers and to its publishers, for each `Noted`.
struct Echo;

impl Actor for Echo {
    fn handle(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
        match event {
            Event::Boot { .. } => actions.push(Action::Local(NetworkAction::Add(AddEndpoint {
                name: "ear".into(),
                role: Role::subscriber(topic!(Noted(_))),
                token: Token(0),
                kinds: EventKinds::MESSAGE,
            }))),
            Event::Message { .. } => {
                let message = AnyMessage::new(said(1, 4));
                for orientation in [Orientation::Publisher, Orientation::Subscriber] {
                    let message = message.clone();
                    actions.push(Action::Local(NetworkAction::Send { orientation, message }));
                }
            }
            _ => {}
        }
        Ok(())
    }
}

pub(crate) fn link_s05_one_message_may_be_sent_both_ways<W: Way>() -> anyhow::Result<()> {
    let mut joined = Joined::<W>::of([link("a")])?;
    joined.start_with(link("b"), [Spawn::actor(Echo)])?;
    let mut ear = joined[0].messages(topic!(Said { .. }))?;
    joined.flow()?;
    let mut mouth: Inbox<Said> = joined[0].watch(Role::publisher(topic!(Said { .. })))?;
    joined.flow()?;
    let _own = (ear.rest(), mouth.rest());
    joined[1].send(Noted(1))?;
    joined.flow()?;
    ensure!(ear.message()?.number == 4, "another message has come");
    ensure!(mouth.message()?.number == 4, "another message has come");
    ear.nothing()?;
    mouth.nothing()
}
