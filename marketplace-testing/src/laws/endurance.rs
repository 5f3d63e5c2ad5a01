//! The law of endurance.

use anyhow::ensure;

use super::Subject;
use super::scene::{Client, Scene};
use crate::measure::{descriptors, resident_memory};
use crate::wait_until;

/// How many cycles are looked at, after some that warm up.
const CYCLES: usize = 1000;
const WARMING_UP: usize = 250;

/// A leak is seen if it is at least as large as this, in bytes for each cycle.
const LEAK: usize = 128;

/// How often a thousand cycles may leave something, as long as they do not always do so.
const TIMES: usize = 3;

/// A thousand cycles leave no process, endpoint, event source, descriptor or memory behind.
///
/// Descriptors and memory are looked at on Linux only. If the process has more memory, by more than 128 bytes a cycle, the
/// thousand cycles are repeated, and repeated once more: a leak repeats itself, what is kept for the next time does not.
///
/// # Errors
///
/// The law does not hold.
pub fn leaks_nothing_in_a_thousand_cycles(subject: impl Subject) -> anyhow::Result<()> {
    let scene = Scene::new(subject, 0)?;
    let client = scene.client()?;
    // Whatever is made on first use is there then.
    cycles(&scene, &client, WARMING_UP)?;
    let before = descriptors()?;
    let growth = growth(|| cycles(&scene, &client, CYCLES))?;
    let mut after = descriptors()?;
    let closed = wait_until(|| {
        after = descriptors()?;
        Ok(after <= before)
    });
    let count = growth.len() * CYCLES;
    ensure!(closed.is_ok(), "{before} descriptors were open, and after {count} cycles it is {after}");
    let leaks = growth.iter().all(|bytes| *bytes > LEAK * CYCLES);
    ensure!(!leaks, "each {CYCLES} cycles leave bytes behind: {growth:?}");
    scene.end()
}

/// By how many bytes the memory grows each time that `work` is done: until it no longer does, and no more than a few times.
fn growth(mut work: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<Vec<usize>> {
    let mut growth = Vec::new();
    while growth.len() < TIMES && growth.last().is_none_or(|bytes| *bytes > LEAK * CYCLES) {
        let before = resident_memory()?;
        work()?;
        growth.push(resident_memory()?.saturating_sub(before));
    }
    Ok(growth)
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
