//! Races that other implementations of presence over a network got wrong: an endpoint is added or deleted just while
//! something is under way.

use std::collections::BTreeMap;
use std::num::NonZero;

use anyhow::{Context as _, ensure};
use driver_link::{Link, LinkLost};
use marketplace_core::{EndpointId, Role, topic};
use marketplace_testing::{Inbox, InboxEvent, TestProcess};

use crate::support::{Joined, Network, Noted, Simulated, link};

/// How many frames are under way at most.
const WINDOW: u32 = 4;

/// How many endpoints there are when the session begins.
const MANY: u32 = 12;

fn narrow(name: &'static str) -> Link {
    link(name).window(NonZero::new(WINDOW).expect("not zero"))
}

/// Two grounds, the first with endpoints. Nothing of their session has arrived yet.
fn about_to_link() -> anyhow::Result<(Joined<Simulated>, TestProcess, Inbox<Noted>)> {
    let mut joined = Joined::<Simulated>::of([narrow("a")])?;
    let crowd = joined[0].process(|cx| {
        for number in 0..MANY {
            cx.publisher(topic!(Noted(number))).named(u64::from(number));
        }
    })?;
    joined.start(narrow("b"))?;
    let noted = joined[1].subscriber(topic!(Noted(_)))?;
    Ok((joined, crowd, noted))
}

/// Delivers the next batches, one from each side in turn.
fn carry(joined: &Joined<Simulated>, batches: usize) {
    for batch in 0..batches {
        joined[0].settle();
        joined[1].settle();
        joined.way.network.deliver(batch % 2, (batch + 1) % 2);
    }
    joined[0].settle();
    joined[1].settle();
}

/// The present endpoints, as far as an inbox has received them. Checks that presence and absence alternate.
fn present(
    noted: &mut Inbox<Noted>,
    mut before: BTreeMap<EndpointId, String>,
) -> anyhow::Result<BTreeMap<EndpointId, String>> {
    for seen in noted.rest() {
        match seen {
            InboxEvent::Presence { id, conversation, .. } => {
                ensure!(
                    before.insert(id, format!("{conversation:?}")).is_none(),
                    "{conversation:?} is there twice"
                );
            }
            InboxEvent::Absence { id, conversation, .. } => {
                before.remove(&id).with_context(|| format!("{conversation:?} was not there"))?;
            }
            InboxEvent::Message(_) => {}
        }
    }
    Ok(before)
}

fn numbers(present: &BTreeMap<EndpointId, String>) -> Vec<String> {
    let mut numbers: Vec<_> = present.values().cloned().collect();
    numbers.sort();
    numbers
}

fn all_but(gone: u32) -> Vec<String> {
    let mut numbers: Vec<_> = (0..MANY)
        .filter(|number| *number != gone)
        .map(|number| format!("{:?}", topic!(Noted(number))))
        .collect();
    numbers.sort();
    numbers
}

#[test]
fn an_endpoint_that_is_deleted_while_the_snapshot_is_under_way_does_not_stay_present() -> anyhow::Result<()> {
    for batches in 0..12 {
        for gone in 0..MANY {
            let (mut joined, crowd, mut noted) = about_to_link()?;
            carry(&joined, batches);
            crowd.run(move |cx| cx.delete(u64::from(gone)))?;
            joined.flow()?;
            let there = numbers(&present(&mut noted, BTreeMap::new())?);
            ensure!(
                there == all_but(gone),
                "{gone} has gone after {batches} batches, and there is {there:?}"
            );
        }
    }
    Ok(())
}

#[test]
fn an_endpoint_that_is_added_while_the_snapshot_is_under_way_appears_once() -> anyhow::Result<()> {
    for batches in 0..12 {
        let (mut joined, crowd, mut noted) = about_to_link()?;
        carry(&joined, batches);
        crowd.run(|cx| {
            cx.publisher(topic!(Noted(MANY)));
        })?;
        joined.flow()?;
        let there = present(&mut noted, BTreeMap::new())?.len();
        ensure!(
            there == 1 + MANY as usize,
            "after {batches} batches one more has come, and there are {there}"
        );
    }
    Ok(())
}

#[test]
fn an_endpoint_that_is_deleted_and_added_again_within_one_batch_is_present() -> anyhow::Result<()> {
    for batches in 0..12 {
        let (mut joined, crowd, mut noted) = about_to_link()?;
        carry(&joined, batches);
        // This is one turn, and so one batch.
        crowd.run(|cx| {
            for _ in 0..3 {
                cx.delete(7);
                cx.publisher(topic!(Noted(7))).named(7);
            }
        })?;
        joined.flow()?;
        let there = numbers(&present(&mut noted, BTreeMap::new())?);
        ensure!(there == all_but(MANY), "after {batches} batches one came back, and there is {there:?}");
    }
    Ok(())
}

#[test]
fn a_message_overtakes_nothing_of_its_sender_while_the_snapshot_is_on_its_way() -> anyhow::Result<()> {
    for batches in 0..12 {
        let (mut joined, crowd, mut noted) = about_to_link()?;
        carry(&joined, batches);
        // An older endpoint and a new one are deleted just then.
        crowd.run(|cx| {
            cx.publisher(topic!(Noted(MANY))).named("new");
            cx.send(Noted(MANY));
            cx.send(Noted(MANY - 1));
            cx.delete("new");
            cx.delete(u64::from(MANY - 1));
        })?;
        joined.flow()?;
        let (mut there, mut heard) = (Vec::new(), 0);
        for seen in noted.rest() {
            match seen {
                InboxEvent::Presence { conversation, .. } => there.push(conversation),
                InboxEvent::Absence { conversation, .. } => there.retain(|other| *other != conversation),
                InboxEvent::Message(message) => {
                    let speaker = topic!(Noted(message.0));
                    ensure!(
                        there.contains(&speaker),
                        "after {batches} batches {message:?} came, without its speaker"
                    );
                    heard += 1;
                }
            }
        }
        ensure!(heard == 0 || heard == 2, "one of two messages came");
        ensure!(there.len() == MANY as usize - 1, "{there:?} is there");
    }
    Ok(())
}

/// The network is lost and comes back, and these sides are informed of it.
fn reconnect(network: &Network, telling: &[usize]) {
    telling.iter().for_each(|who| network.lose(*who, 1 - who, "it is down"));
    network.heal(0, 1);
    telling.iter().for_each(|who| network.meet(*who, 1 - who));
}

#[test]
fn after_a_reconnection_nothing_old_stays_beside_the_new() -> anyhow::Result<()> {
    // The sides that are informed: both, either, or none.
    for telling in [&[0, 1][..], &[0], &[1], &[]] {
        let mut joined = Joined::<Simulated>::of([link("a"), link("b")])?;
        let network = joined.way.network.clone();
        let mut noted = joined[1].subscriber(topic!(Noted(_)))?;
        let process = joined[0].process(|cx| {
            cx.publisher(topic!(Noted(1))).named(1);
            cx.publisher(topic!(Noted(2))).named(2);
        })?;
        joined.flow()?;
        let before = present(&mut noted, BTreeMap::new())?;
        network.cut(0, 1);
        process.run(|cx| {
            cx.delete(1);
            cx.publisher(topic!(Noted(3)));
        })?;
        reconnect(&network, telling);
        (0..2).for_each(|who| network.tick(who));
        joined.flow()?;
        (0..2).for_each(|who| network.tick(who));
        joined.flow()?;
        let there = numbers(&present(&mut noted, before)?);
        let should = [2, 3].map(|number| format!("{:?}", topic!(Noted(number))));
        ensure!(there == should, "with {telling:?} told, there is {there:?}");
    }
    Ok(())
}

#[test]
fn a_ground_that_comes_back_is_new_and_the_old_goes_with_the_links_error() -> anyhow::Result<()> {
    let mut joined = Joined::<Simulated>::of([link("a"), link("b")])?;
    let network = joined.way.network.clone();
    let mut noted = joined[0].subscriber(topic!(Noted(_)))?;
    let _old = joined[1].publisher(topic!(Noted(1)))?;
    joined.flow()?;
    noted.presence()?;
    // The power fails: there is no goodbye.
    network.cut(0, 1);
    drop(joined.take(1)?);
    let new = joined.start(link("b"))?;
    let _new = joined[new].publisher(topic!(Noted(1)))?;
    joined.flow()?;
    let told = noted.rest();
    let mut told = told.iter();
    let absences = told.clone().filter(|seen| is_lost(seen)).count();
    ensure!(absences == 1, "the old one has gone {absences} times");
    ensure!(told.any(|seen| matches!(seen, InboxEvent::Presence { .. })), "the new one is not there");
    let snapshot = joined[0].snapshot()?;
    let endpoints = snapshot.processes.iter().flat_map(|process| &process.endpoints);
    let mirrors = endpoints.filter(|endpoint| endpoint.role == Role::publisher(topic!(Noted(1)))).count();
    ensure!(mirrors == 1, "there are {mirrors} mirrors");
    Ok(())
}

fn is_lost(seen: &InboxEvent<Noted>) -> bool {
    matches!(seen, InboxEvent::Absence { reason, .. } if reason.downcast_ref::<LinkLost>().is_some())
}
