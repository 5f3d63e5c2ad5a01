//! Programs that are killed.

use std::time::Instant;

use marketplace_core::topic;

use crate::network::Network;
use crate::program::Program;
use crate::vocabulary::{LEASE, Said, ground, unreachable};

/// Kills a program that publishes in this number of rooms, and waits for the absence of all of them.
fn kill(rooms: usize) -> anyhow::Result<()> {
    let network = Network::new()?;
    let kitchen = ground("kitchen", network.seed().transport()?)?;
    let mut ears = kitchen.subscriber(topic!(Said { .. }))?;
    let mut cellar = Program::start("cellar", &network.other()?)?;
    cellar.order(&format!("publish {rooms}"))?;
    for _ in 0..rooms {
        ears.presence()?;
    }
    let killed = Instant::now();
    cellar.signal("KILL")?;
    let why = unreachable(&ears.absence()?)?;
    let first = killed.elapsed();
    for _ in 1..rooms {
        assert_eq!(unreachable(&ears.absence()?)?, why);
    }
    println!(
        "of {rooms} conversations the first was absent after {first:?}, the last after {:?}",
        killed.elapsed()
    );
    assert_eq!(why, "it ended without a goodbye");
    assert!(first < LEASE, "{first:?}");
    ears.nothing()
}

#[test]
fn a_program_that_is_killed_is_absent_at_once_with_the_reason() -> anyhow::Result<()> {
    kill(1)
}

#[test]
fn ten_thousand_conversations_of_a_killed_program_are_all_absent_with_the_reason() -> anyhow::Result<()> {
    kill(10_000)
}
