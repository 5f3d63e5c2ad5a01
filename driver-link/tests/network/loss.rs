//! Batches that are lost, duplicated, late, or too many.

use std::num::NonZero;

use anyhow::{Context as _, anyhow, ensure};
use driver_link::{Cause, Frame, Link, LinkError, LinkLost, LinkPressure, Linked};
use marketplace_core::{Ground, Reason, topic};
use marketplace_testing::TestProgram;

use crate::support::{Joined, Network, Noted, Said, Simulated, link, said};

fn pair() -> anyhow::Result<(Joined<Simulated>, Network)> {
    let joined = Joined::<Simulated>::of([link("a"), link("b")])?;
    let network = joined.way.network.clone();
    Ok((joined, network))
}

fn cause(reason: &Reason) -> anyhow::Result<Cause> {
    let lost = reason.downcast_ref::<LinkLost>().with_context(|| format!("{reason} is not the link's"))?;
    Ok(lost.cause.clone())
}

#[test]
fn the_loss_of_the_last_batch_is_noticed_by_the_next_pulse() -> anyhow::Result<()> {
    let (mut joined, network) = pair()?;
    let mut ear = joined[1].subscriber(topic!(Said { .. }))?;
    let mut mouth = joined[0].publisher(topic!(Said { .. }))?;
    joined.flow()?;
    ear.presence()?;
    mouth.presence()?;
    joined[0].send(said(1, 1))?;
    network.drop_next(0, 1);
    joined.flow()?;
    ear.nothing()?;
    network.tick(0);
    joined.flow()?;
    // The ground that has missed the message, and the ground that had sent it.
    ensure!(matches!(cause(&ear.absence()?)?, Cause::Missing { .. }), "another cause");
    ensure!(cause(&mouth.absence()?)? == Cause::NewSession, "another cause");
    ear.presence()?;
    mouth.presence()?;
    joined[0].send(said(1, 2))?;
    joined.flow()?;
    ensure!(ear.message()?.number == 2, "the link does not work");
    ear.nothing()
}

#[test]
fn what_arrives_after_a_loss_is_not_delivered_without_what_was_lost() -> anyhow::Result<()> {
    let (mut joined, network) = pair()?;
    let mut ear = joined[1].subscriber(topic!(Said { .. }))?;
    let mut mouth = joined[0].publisher(topic!(Said { .. }))?;
    joined.flow()?;
    ear.presence()?;
    mouth.presence()?;
    joined[0].send(said(1, 1))?;
    joined[0].send(said(1, 2))?;
    network.drop_next(0, 1);
    joined.flow()?;
    let Cause::Missing { expected, received } = cause(&ear.absence()?)? else {
        anyhow::bail!("another cause")
    };
    ensure!(received > expected, "received {received}, expected {expected}");
    ear.presence()?;
    ear.nothing()
}

#[test]
fn a_batch_that_arrives_twice_is_handled_once_whenever_it_arrives() -> anyhow::Result<()> {
    let (mut joined, network) = pair()?;
    let mut ear = joined[1].subscriber(topic!(Said { .. }))?;
    let process = joined[0].process(|_| {})?;
    joined.flow()?;
    for number in 0..5 {
        process.run(move |cx| {
            cx.publisher(topic!(Said { room: number, .. })).named("mouth");
            cx.send(Said { room: number, who: 1, number });
            cx.delete("mouth");
        })?;
        network.double(0, 1);
        joined.flow()?;
        (0..100).for_each(|ago| network.repeat(0, 1, ago));
        joined.flow()?;
        ear.presence()?;
        ensure!(ear.message()?.number == number, "another message");
        ear.absence()?;
        ear.nothing()?;
    }
    Ok(())
}

#[test]
fn batches_of_older_sessions_are_ignored() -> anyhow::Result<()> {
    let (mut joined, network) = pair()?;
    let mut noted = joined[1].subscriber(topic!(Noted(_)))?;
    let mouth = joined[0].publisher(topic!(Noted(1)))?;
    joined.flow()?;
    noted.presence()?;
    for who in [0, 1] {
        network.lose(who, 1 - who, "it is down");
        network.meet(who, 1 - who);
        joined.flow()?;
    }
    let told = noted.rest().len();
    ensure!(told % 2 == 0 && told > 0, "presence and absence are not in turn");
    mouth.close()?;
    joined.flow()?;
    noted.absence()?;
    for _ in 0..2 {
        (0..100).for_each(|ago| network.repeat(0, 1, 99 - ago));
        (0..100).for_each(|ago| network.repeat(1, 0, 99 - ago));
        joined.flow()?;
    }
    noted.nothing()
}

#[test]
fn a_loss_that_only_one_side_is_informed_of_heals() -> anyhow::Result<()> {
    for who in [0, 1] {
        let (mut joined, network) = pair()?;
        let mut noted = joined[1].subscriber(topic!(Noted(_)))?;
        let _mouth = joined[0].publisher(topic!(Noted(1)))?;
        joined.flow()?;
        network.lose(who, 1 - who, "it is down");
        joined.flow()?;
        // What the other ground sends now belongs to no known session.
        network.tick(1 - who);
        joined.flow()?;
        network.meet(who, 1 - who);
        joined.flow()?;
        joined.await_links()?;
        let told = noted.rest().len();
        ensure!(told == 3, "it was told {told} things: it was there, gone and there again");
    }
    Ok(())
}

#[test]
fn link_s05_what_nobody_takes_any_more_is_dropped_over_there() -> anyhow::Result<()> {
    let (mut joined, _network) = pair()?;
    let ear = joined[1].messages(topic!(Said { .. }))?;
    joined.flow()?;
    // The subscriber is deleted while the message is under way.
    ear.close()?;
    let before = [joined[0].counters()?.dropped, joined[1].counters()?.dropped];
    joined[0].send(said(1, 1))?;
    joined.flow()?;
    ensure!(joined[0].counters()?.dropped == before[0], "a mirror has taken it");
    ensure!(joined[1].counters()?.dropped == before[1] + 1, "it is not counted over there");
    Ok(())
}

#[test]
fn link_s17_a_message_crosses_once_however_many_it_is_for() -> anyhow::Result<()> {
    let (mut joined, network) = pair()?;
    let (reporter, heard) = joined[1].reports();
    let _ears = joined[1].process(move |cx| {
        for _ in 0..1_000 {
            let reporter = reporter.clone();
            cx.subscriber(topic!(Said { room: 1, .. }))
                .on_message(move |(), _, said| reporter.report(said.number));
        }
    })?;
    joined.flow()?;
    joined[0].send(said(1, 1))?;
    joined.flow()?;
    ensure!(heard.rest().len() == 1_000, "not all have heard it");
    let messages = network.sent(0, 1).iter().filter(|frame| matches!(frame, Frame::Message { .. })).count();
    ensure!(messages == 1, "it has crossed {messages} times");
    Ok(())
}

#[test]
fn link_s16_what_there_is_room_for_does_not_wait_so_the_limit_is_exact() -> anyhow::Result<()> {
    let narrow = |name| -> Link { link(name).window(NonZero::new(10).expect("not zero")).mark(5).limit(20) };
    for (many, is_too_much) in [(30, false), (31, true)] {
        let mut joined = Joined::<Simulated>::of([narrow("a"), narrow("b")])?;
        let mut ear = joined[1].messages(topic!(Said { .. }))?;
        let mut linked = joined[0].subscriber(topic!(Linked { .. }))?;
        let mut pressure = joined[0].subscriber(topic!(LinkPressure { .. }))?;
        joined.flow()?;
        linked.presence()?;
        let speaker = joined[0].process(|_| {})?;
        speaker.run(move |cx| (0..many).for_each(|number| cx.send(said(1, number))))?;
        match is_too_much {
            true => ensure!(cause(&linked.absence()?)? == Cause::Overrun { limit: 20 }, "another cause"),
            false => drop(pressure.presence()?),
        }
        joined.flow()?;
        let heard = ear.rest().len();
        ensure!(is_too_much || heard == 30, "{heard} of {many} have come");
    }
    Ok(())
}

#[test]
fn a_ground_that_two_transports_find_is_one_and_stays_linked_by_the_other() -> anyhow::Result<()> {
    let networks = [Network::default(), Network::default()];
    let start = |name| {
        let link = link(name).join(networks[0].transport()).join(networks[1].transport());
        TestProgram::by_hand(Ground::new().spawn(link.spawn()))
    };
    let grounds = [start("a"), start("b")];
    let flow = || {
        for _ in 0..20 {
            for (network, from) in networks.iter().flat_map(|network| [(network, 0), (network, 1)]) {
                grounds.iter().for_each(TestProgram::settle);
                network.deliver(from, 1 - from);
            }
        }
    };
    let mut linked = grounds[1].subscriber(topic!(Linked { .. }))?;
    for network in [&networks[1], &networks[0]] {
        (0..2).for_each(|who| network.meet(who, 1 - who));
        flow();
    }
    let mut noted = grounds[1].subscriber(topic!(Noted(_)))?;
    let _mouth = grounds[0].publisher(topic!(Noted(1)))?;
    flow();
    noted.presence()?;
    noted.nothing()?;
    // The other transport makes no difference.
    linked.presence()?;
    linked.nothing()?;
    networks[1].cut(0, 1);
    (0..2).for_each(|who| networks[1].lose(who, 1 - who, "the cable is cut"));
    flow();
    noted.absence()?;
    noted.presence()?;
    noted.nothing()?;
    // The failure of the unused transport makes no difference either.
    networks[1].heal(0, 1);
    linked.absence()?;
    linked.presence()?;
    (0..2).for_each(|who| networks[1].lose(who, 1 - who, "it was not there"));
    flow();
    linked.nothing()
}

#[test]
fn what_a_transport_cannot_do_is_reported_by_a_link_error() -> anyhow::Result<()> {
    let (mut joined, network) = pair()?;
    let mut errors = joined[0].messages(topic!(LinkError { .. }))?;
    network.fail(0, Reason::error(anyhow!("no such interface")));
    network.unsent(0, 1, Reason::error(anyhow!("it is too large")));
    joined.flow()?;
    let (failed, unsent) = (errors.message()?, errors.message()?);
    ensure!(failed.peer.is_none() && failed.reason.to_string() == "no such interface", "{failed:?}");
    ensure!(
        unsent.peer.as_deref() == Some("b") && unsent.reason.to_string() == "it is too large",
        "{unsent:?}"
    );
    joined.await_links()
}
