//! The laws of demand.

use anyhow::ensure;

use super::scene::Scene;
use super::{Subject, Up};

/// Without demand, nothing is open and nothing is sent.
///
/// # Errors
///
/// If the driver breaks the law.
pub fn is_silent_without_demand(subject: impl Subject) -> anyhow::Result<()> {
    let scene = Scene::new(subject, 0)?;
    let _client = scene.client()?;
    scene.stays(false)?;
    let census = scene.settled()?;
    ensure!(census.sources.is_empty(), "it has event sources open without demand: {:?}", census.sources);
    let sent = scene.turns.sent();
    ensure!(sent.is_empty(), "it sends messages without demand: {sent:?}");
    let present = scene.up.sight().present;
    match scene.subject.up() {
        Up::WhileOpen(role) => ensure!(present == 0, "the service is announced without demand, as {role:?}"),
        Up::Always(role, _) => {
            ensure!(
                present == 1,
                "{present} endpoints are present as {role:?}; expected exactly one at all times"
            )
        }
    }
    scene.end()
}

/// It opens on demand, and only once for any number of clients.
///
/// # Errors
///
/// If the driver breaks the law.
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
        "with one client: {for_one:?}, with three clients: {for_all:?}\n{}",
        scene.report()
    );
    let more = scene.up.sight().came - came;
    ensure!(more == 0, "the service is announced {more} more times");
    scene.stays(true)?;
    scene.end()
}

/// A presence announces that the service is ready, and its absence that it is not any more.
///
/// # Errors
///
/// If the driver breaks the law.
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
                "after {cycle} cycles there were {came} presences and {went} absences"
            );
        }
    }
    scene.end()
}

/// It closes when the last demand is gone, and not earlier.
///
/// # Errors
///
/// If the driver breaks the law.
pub fn closes_with_the_last_demand(subject: impl Subject) -> anyhow::Result<()> {
    let scene = Scene::new(subject, 0)?;
    let clients = [scene.client()?, scene.client()?];
    // The first client leaves first, and again last.
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

/// It also closes while it is still opening.
///
/// # Errors
///
/// If the driver breaks the law.
pub fn closes_while_it_opens(subject: impl Subject) -> anyhow::Result<()> {
    let scene = Scene::new(subject, 0)?;
    let client = scene.client()?;
    for _ in 0..20 {
        client.demands()?;
        client.withdraws()?;
        scene.closes()?;
    }
    scene.comes_to_be_closed()?;
    // It works as before afterwards.
    client.demands()?;
    scene.opens()?;
    scene.end()
}

/// If demand exists at the end of a turn, it is served in the end, even if it was withdrawn and shown again before. (It may
/// then be served by a new connection; the absence in between says so.)
///
/// # Errors
///
/// If the driver breaks the law.
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
