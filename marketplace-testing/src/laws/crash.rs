//! The law of crashes.

use super::Subject;
use super::scene::Scene;

/// A client's crash withdraws its demand and has no other effect: the other clients keep the service, and the driver goes on.
///
/// # Errors
///
/// If the driver breaks the law.
pub fn a_crash_ends_what_the_client_owned(subject: impl Subject) -> anyhow::Result<()> {
    let scene = Scene::new(subject, 0)?;
    let (one, other) = (scene.client()?, scene.client()?);
    one.demands()?;
    other.demands()?;
    scene.opens()?;
    one.crashes()?;
    scene.stays(true)?;
    other.crashes()?;
    scene.closes()?;
    let third = scene.client()?;
    third.demands()?;
    scene.opens()?;
    third.withdraws()?;
    scene.closes()?;
    scene.end()
}
