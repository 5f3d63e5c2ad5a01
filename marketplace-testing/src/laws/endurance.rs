//! The law of endurance.

use anyhow::ensure;

use super::Subject;
use super::scene::{Client, Scene};
use crate::measure::{descriptors, resident_memory};
use crate::wait_until;

/// The number of cycles that are measured, after some to warm up.
const CYCLES: usize = 1000;
const WARMING_UP: usize = 250;

/// The smallest leak that is detected, in bytes for each cycle.
const LEAK: usize = 128;

/// How many times the thousand cycles are measured before growth counts as a leak.
const TIMES: usize = 3;

/// After a thousand cycles, no process, endpoint, event source, file descriptor or memory is left.
///
/// File descriptors and memory are measured on Linux only. If the memory has grown by more than 128 bytes a cycle, the
/// thousand cycles are repeated up to two times: a leak grows each time, and memory that is kept for reuse does not.
///
/// # Errors
///
/// If the driver breaks the law.
pub fn leaks_nothing_in_a_thousand_cycles(subject: impl Subject) -> anyhow::Result<()> {
    let scene = Scene::new(subject, 0)?;
    let client = scene.client()?;
    // Creates everything that is created on first use.
    cycles(&scene, &client, WARMING_UP)?;
    let before = descriptors()?;
    let growth = growth(|| cycles(&scene, &client, CYCLES))?;
    let mut after = descriptors()?;
    let closed = wait_until(|| {
        after = descriptors()?;
        Ok(after <= before)
    });
    let count = growth.len() * CYCLES;
    ensure!(
        closed.is_ok(),
        "{before} file descriptors were open before {count} cycles, and {after} after them"
    );
    let leaks = growth.iter().all(|bytes| *bytes > LEAK * CYCLES);
    ensure!(!leaks, "memory grows with every {CYCLES} cycles, by these numbers of bytes: {growth:?}");
    scene.end()
}

/// The growth of the memory in bytes for each run of `work`. It is run until the memory does not grow, at most a few times.
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
