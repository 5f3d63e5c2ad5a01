//! The law of endurance.

use anyhow::ensure;

use super::Subject;
use super::scene::{Client, Scene};
use crate::measure::{descriptors, resident_memory};
use crate::until;

/// How many cycles there are after those that warm up, in so many blocks.
const CYCLES: usize = 1000;
const BLOCKS: usize = 4;

/// A leak is seen if it is at least as large as this, in bytes for each cycle.
const LEAK: usize = 256;

/// A thousand cycles leave no process, endpoint, event source, descriptor or memory behind.
///
/// Descriptors and memory are looked at on Linux only. Memory leaks where the process has more of it, by 256 bytes a cycle,
/// after each quarter of the cycles: what is kept for the next time comes once.
///
/// # Errors
///
/// The law does not hold.
pub fn leaks_nothing_in_a_thousand_cycles(subject: impl Subject) -> anyhow::Result<()> {
    let scene = Scene::new(subject, 0)?;
    let client = scene.client()?;
    // Whatever is made on first use is there then.
    cycles(&scene, &client, CYCLES / BLOCKS)?;
    let before = descriptors()?;
    let mut leaks = Vec::new();
    for _ in 0..BLOCKS {
        let before = resident_memory()?;
        cycles(&scene, &client, CYCLES / BLOCKS)?;
        leaks.push(resident_memory()?.saturating_sub(before));
    }
    let mut after = descriptors()?;
    let closed = until(|| {
        after = descriptors()?;
        Ok(after <= before)
    });
    ensure!(closed.is_ok(), "{before} descriptors were open, and after {CYCLES} cycles it is {after}");
    let leaked = leaks.iter().all(|leak| *leak > LEAK * CYCLES / BLOCKS);
    ensure!(!leaked, "each {} cycles leave bytes behind: {leaks:?}", CYCLES / BLOCKS);
    scene.end()
}

fn cycles<S: Subject>(scene: &Scene<S>, client: &Client<S>, count: usize) -> anyhow::Result<()> {
    for _ in 0..count {
        client.demands()?;
        scene.opens()?;
        client.withdraws()?;
        scene.closes()?;
    }
    Ok(())
}
