//! The laws about the program around the driver: its stop, its VMs, its turns.

use anyhow::{Context as _, ensure};

use super::scene::Scene;
use super::{Errand, Obstacle, Subject};
use crate::timeout::timeout;

/// What was accepted before a stop reaches the outside, and the program ends in time. The clients quit as soon as they
/// learn of the stop.
///
/// # Errors
///
/// If the driver breaks the law.
pub fn flushes_accepted_work_before_a_stop(subject: impl Subject) -> anyhow::Result<()> {
    stops_in_time(Scene::new(subject, 0)?)
}

/// The program also ends in time if a client does not leave, unless the driver
/// [waits for its clients](Subject::waits_for_clients).
///
/// # Errors
///
/// If the driver breaks the law.
pub fn stops_while_a_client_stays(subject: impl Subject) -> anyhow::Result<()> {
    if let Some(why) = subject.waits_for_clients() {
        eprintln!("not tested, because the driver waits for its clients: {why}");
        return Ok(());
    }
    let scene = Scene::new(subject, 0)?;
    let client = scene.client_who_stays()?;
    client.demands()?;
    scene.opens()?;
    stop(&scene)?;
    scene.end()
}

/// It works in the same way two nested VMs down, behind event relays.
///
/// # Errors
///
/// If the driver breaks the law.
pub fn works_two_vms_down(subject: impl Subject) -> anyhow::Result<()> {
    let scene = Scene::new(subject, 2)?;
    let (one, other) = (scene.client()?, scene.client()?);
    scene.stays(false)?;
    for _ in 0..3 {
        one.demands()?;
        scene.opens()?;
        other.demands()?;
        one.withdraws()?;
        scene.stays(true)?;
        other.withdraws()?;
        scene.closes()?;
    }
    other.crashes()?;
    drop(one);
    stops_in_time(scene)
}

/// No turn takes longer than [`LONGEST_TURN`](super::LONGEST_TURN), whatever happens outside, both
/// if all goes well and if opening fails. (The other laws check this too.)
///
/// # Errors
///
/// If the driver breaks the law.
pub fn no_turn_blocks(subject: impl Subject) -> anyhow::Result<()> {
    let obstacle = subject.obstruct()?;
    let scene = Scene::new(subject, 0)?;
    let client = scene.client()?;
    if let Obstacle::Put { guard, .. } = obstacle {
        client.demands()?;
        scene.leaves_nothing()?;
        client.withdraws()?;
        drop(guard);
    }
    client.demands()?;
    scene.opens()?;
    if let Errand::Some { give, .. } = scene.subject.errand() {
        client.does(|_, cx| give(cx))?;
    }
    client.withdraws()?;
    scene.closes()?;
    scene.end()
}

fn stops_in_time<S: Subject>(scene: Scene<S>) -> anyhow::Result<()> {
    let client = scene.client()?;
    client.demands()?;
    scene.opens()?;
    let arrived = match scene.subject.errand() {
        Errand::Some { give, arrived } => {
            client.does(|_, cx| give(cx))?;
            Some(arrived)
        }
        Errand::None(_) => None,
    };
    stop(&scene)?;
    arrived
        .map_or(Ok(()), |arrived| arrived())
        .context("not everything that was accepted before the stop has arrived")?;
    scene.end()
}

/// Stops the program, and waits until it has ended by itself.
fn stop<S: Subject>(scene: &Scene<S>) -> anyhow::Result<()> {
    // This is long before the deadline, at which everything would be dropped without the driver.
    scene.program.ask_to_stop_within(2 * timeout())?;
    scene.program.outcome()?;
    ensure!(!scene.is_open()?, "the program has ended, and the service is still open");
    Ok(())
}
