//! The laws of a failure to open.

use std::any::Any;

use anyhow::ensure;
use marketplace_core::{Interest, Orientation, Role};

use super::scene::{Client, Scene};
use super::watcher::Watched;
use super::{Obstacle, Subject, Told, Up};

/// A service that has failed to open, while a client still demands it.
struct Failed<S> {
    scene: Scene<S>,
    client: Client<S>,
    obstacle: Box<dyn Any + Send>,
}

/// A failure to open is reported once, and leaves nothing open.
///
/// # Errors
///
/// If the driver breaks the law.
pub fn reports_a_failed_open_and_leaves_nothing(subject: impl Subject) -> anyhow::Result<()> {
    let Some(failed) = Failed::new(subject)? else { return Ok(()) };
    failed.client.withdraws()?;
    failed.scene.leaves_nothing()?;
    drop(failed.obstacle);
    failed.scene.stays(false)?;
    failed.scene.end()
}

/// After a failure, new demand makes the driver try again.
///
/// # Errors
///
/// If the driver breaks the law.
pub fn retries_on_new_demand(subject: impl Subject) -> anyhow::Result<()> {
    let Some(Failed { scene, client, obstacle }) = Failed::new(subject)? else { return Ok(()) };
    drop(obstacle);
    client.withdraws()?;
    client.demands()?;
    scene.opens()?;
    client.withdraws()?;
    scene.closes()?;
    scene.end()
}

impl<S: Subject> Failed<S> {
    /// Makes an attempt to open fail, if it can, and waits for the report.
    fn new(subject: S) -> anyhow::Result<Option<Self>> {
        let (guard, told) = match subject.obstruct()? {
            Obstacle::Put { guard, told } => (guard, told),
            Obstacle::Impossible(why) => {
                eprintln!("not tested, because opening cannot be made to fail: {why}");
                return Ok(None);
            }
        };
        let scene = Scene::new(subject, 0)?;
        let client = scene.client()?;
        let watched = match &told {
            Told::Absence => scene.up.clone(),
            Told::Message(topic) => scene.watch(&Role {
                orientation: Orientation::Publisher,
                interest: Interest::Participant,
                topic: topic.clone(),
            })?,
        };
        client.demands()?;
        scene.wait_until("the failure is not reported", || Ok(told.times(&watched) > 0))?;
        scene.leaves_nothing()?;
        scene.stays(false)?;
        let times = told.times(&watched);
        ensure!(times == 1, "one failure is reported {times} times");
        if let (Told::Message(_), Up::WhileOpen(role)) = (&told, scene.subject.up()) {
            let came = scene.up.sight().came;
            ensure!(came == 0, "the service is announced, by {role:?}, although it could not be opened");
        }
        Ok(Some(Self { scene, client, obstacle: guard }))
    }
}

impl Told {
    /// How many times a failure has been reported.
    fn times(&self, watched: &Watched) -> usize {
        let sight = watched.sight();
        match self {
            Self::Message(_) => sight.messages,
            Self::Absence => sight.failed,
        }
    }
}
