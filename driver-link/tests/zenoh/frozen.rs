//! Programs that freeze.

use std::thread;
use std::time::Instant;

use marketplace_core::topic;

use crate::network::Network;
use crate::program::Program;
use crate::vocabulary::{LEASE, Said, ground, said, unreachable};

#[test]
fn a_program_that_freezes_for_longer_than_the_lease_is_absent_and_returns() -> anyhow::Result<()> {
    let network = Network::new()?;
    let kitchen = ground("kitchen", network.seed().transport()?)?;
    let mut ears = kitchen.subscriber(topic!(Said { .. }))?;
    let mut cellar = Program::start("cellar", &network.other()?)?;
    cellar.order("publish 1")?;
    ears.presence()?;
    let frozen = Instant::now();
    cellar.signal("STOP")?;
    let why = unreachable(&ears.absence()?)?;
    let gone = frozen.elapsed();
    println!("a program that was frozen was absent within {gone:?}: {why}");
    assert!(why.starts_with("there has been no sign of life for "), "{why}");
    assert!(gone < LEASE * 3 / 2, "{gone:?}");
    cellar.signal("CONT")?;
    ears.presence()?;
    println!("it was back {:?} later", frozen.elapsed() - gone);
    cellar.order("say 0 again")?;
    assert_eq!(*ears.message()?, said(0, "again"));
    Ok(())
}

#[test]
fn a_program_that_freezes_for_less_than_the_lease_stays_present() -> anyhow::Result<()> {
    let lease = LEASE * 8;
    let network = Network::new()?;
    let kitchen = ground("kitchen", network.seed().transport()?.lease(lease))?;
    let mut ears = kitchen.subscriber(topic!(Said { .. }))?;
    let mut cellar = Program::start_as("peer", lease, "cellar", &network.other()?)?;
    cellar.order("publish 1")?;
    ears.presence()?;
    cellar.signal("STOP")?;
    // The test is about a time, so there is no event to wait for.
    thread::sleep(LEASE);
    cellar.signal("CONT")?;
    cellar.order("say 0 still")?;
    // The next event is not an absence.
    assert_eq!(*ears.message()?, said(0, "still"));
    Ok(())
}
