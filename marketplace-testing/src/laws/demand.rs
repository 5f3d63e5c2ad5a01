//! The laws of demand.

use anyhow::ensure;

use super::scene::Scene;
use super::{Subject, Up};

/// While nobody asks, nothing is open and nothing is sent.
///
/// # Errors
///
/// The law does not hold.
pub fn is_silent_without_demand(subject: impl Subject) -> anyhow::Result<()> {
    let scene = Scene::new(subject, 0)?;
    let _client = scene.client()?;
    scene.stays(false)?;
    let census = scene.settled()?;
    ensure!(census.sources.is_empty(), "it has event sources open: {:?}", census.sources);
    let sent = scene.turns.sent();
    ensure!(sent.is_empty(), "it sends {sent:?}");
    let present = scene.up.sight().present;
    match scene.subject.up() {
        Up::WhileOpen(role) => ensure!(present == 0, "somebody is there as {role:?}"),
        Up::Always(role, _) => {
            ensure!(present == 1, "{present} are there as {role:?}, which is to be one always")
        }
    }
    scene.end()
}

/// It opens on demand, and once, however many show it.
///
/// # Errors
///
/// The law does not hold.
pub fn opens_once_for_any_number_of_clients(subject: impl Subject) -> anyhow::Result<()> {
    let scene = Scene::new(subject, 0)?;
    let clients = [scene.client()?, scene.client()?, scene.client()?];
    clients[0].demands()?;
    scene.opens()?;
    let (for_one, came) = (scene.settled()?, scene.up.sight().came);
    for client in &clients[1..] {
        client.demands()?;
    }
    let for_all = scene.settled()?;
    ensure!(
        for_one == for_all,
        "for one client there is {for_one:?}, for three there is {for_all:?}\n{}",
        scene.report()
    );
    let more = scene.up.sight().came - came;
    ensure!(more == 0, "the service is said to be up {more} times more");
    scene.stays(true)?;
    scene.end()
}

/// A presence says that the service is up, an absence that it is so no longer.
///
/// # Errors
///
/// The law does not hold.
pub fn announces_readiness_by_presence(subject: impl Subject) -> anyhow::Result<()> {
    let scene = Scene::new(subject, 0)?;
    let client = scene.client()?;
    for cycle in 1..=3 {
        client.demands()?;
        scene.opens()?;
        scene.stays(true)?;
        client.withdraws()?;
        scene.closes()?;
        if let Up::WhileOpen(_) = scene.subject.up() {
            let sight = scene.up.sight();
            let (came, went) = (sight.came, sight.went);
            ensure!(
                (came, went) == (cycle, cycle),
                "{cycle} times it was open, {came} came, and {went} went"
            );
        }
    }
    scene.end()
}

/// It closes when the last demand goes, and not before.
///
/// # Errors
///
/// The law does not hold.
pub fn closes_with_the_last_demand(subject: impl Subject) -> anyhow::Result<()> {
    let scene = Scene::new(subject, 0)?;
    let clients = [scene.client()?, scene.client()?];
    // The first to come is the first to go, and the last.
    for order in [[0, 1], [1, 0]] {
        clients[0].demands()?;
        clients[1].demands()?;
        scene.opens()?;
        clients[order[0]].withdraws()?;
        scene.stays(true)?;
        clients[order[1]].withdraws()?;
        scene.closes()?;
    }
    scene.end()
}

/// It closes also while it is still opening.
///
/// # Errors
///
/// The law does not hold.
pub fn closes_while_it_opens(subject: impl Subject) -> anyhow::Result<()> {
    let scene = Scene::new(subject, 0)?;
    let client = scene.client()?;
    for _ in 0..20 {
        client.demands()?;
        client.withdraws()?;
        scene.closes()?;
    }
    scene.comes_to_be_closed()?;
    // And it is none the worse for it.
    client.demands()?;
    scene.opens()?;
    scene.end()
}

/// The demand that is there at the end of a turn is served in the end, however it came to be. (A connection may be another
/// one then: who is told of an absence in between knows.)
///
/// # Errors
///
/// The law does not hold.
pub fn survives_flapping_demand(subject: impl Subject) -> anyhow::Result<()> {
    let scene = Scene::new(subject, 0)?;
    let client = scene.client()?;
    for _ in 0..20 {
        client.does(|subject, cx| {
            subject.demand(cx);
            subject.withdraw(cx);
            subject.demand(cx);
        })?;
        scene.comes_to_be_open()?;
        client.does(|subject, cx| {
            subject.withdraw(cx);
            subject.demand(cx);
        })?;
        scene.comes_to_be_open()?;
        client.does(|subject, cx| {
            subject.withdraw(cx);
            subject.demand(cx);
            subject.withdraw(cx);
        })?;
        scene.closes()?;
    }
    scene.end()
}
