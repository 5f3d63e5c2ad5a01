//! Grounds that can reach each other only through a router.

use std::net::SocketAddr;
use std::time::Instant;

use anyhow::anyhow;
use driver_link::Zenoh;
use marketplace_core::topic;
use zenoh::Wait as _;

use crate::place::{Place, address, set};
use crate::program::Program;
use crate::vocabulary::{LEASE, Said, ground, said, unreachable};

/// A router, with its own lease. Zenoh also provides one as a program.
struct Router {
    address: SocketAddr,
    _session: zenoh::Session,
}

impl Router {
    fn start(lease: &str) -> anyhow::Result<Self> {
        Self::start_at(address()?, lease)
    }

    fn start_at(address: SocketAddr, lease: &str) -> anyhow::Result<Self> {
        let mut config = Place { listen: vec![address], connect: Vec::new() }.config("router")?;
        set(&mut config, "transport/link/tx/lease", lease)?;
        let session = zenoh::open(config).wait().map_err(|error| anyhow!("{error}"))?;
        Ok(Self { address, _session: session })
    }

    fn place(&self) -> Place {
        Place { listen: Vec::new(), connect: vec![self.address] }
    }

    fn transport(&self) -> anyhow::Result<Zenoh> {
        Ok(Zenoh::new("test").config(self.place().config("client")?).lease(LEASE))
    }
}

#[test]
fn grounds_exchange_presence_and_messages_through_a_router() -> anyhow::Result<()> {
    let router = Router::start("1000")?;
    let kitchen = ground("kitchen", router.transport()?)?;
    let cellar = ground("cellar", router.transport()?)?;
    let mut ears = kitchen.subscriber(topic!(Said { room: 1, .. }))?;
    let mut mouth = cellar.publisher(topic!(Said { room: 1, .. }))?;
    ears.presence()?;
    mouth.presence()?;
    cellar.send(said(1, "through"))?;
    assert_eq!(*ears.message()?, said(1, "through"));
    drop(mouth);
    assert!(ears.absence()?.as_error().is_none());
    cellar.stop()
}

#[test]
fn a_program_that_is_killed_behind_a_router_is_absent_at_once() -> anyhow::Result<()> {
    let router = Router::start("1000")?;
    let kitchen = ground("kitchen", router.transport()?)?;
    let mut ears = kitchen.subscriber(topic!(Said { .. }))?;
    let mut cellar = Program::start_as("client", LEASE, "cellar", &router.place())?;
    cellar.order("publish 1")?;
    ears.presence()?;
    let killed = Instant::now();
    cellar.signal("KILL")?;
    assert_eq!(unreachable(&ears.absence()?)?, "it ended without a goodbye");
    println!("who was killed behind a router was absent within {:?}", killed.elapsed());
    assert!(killed.elapsed() < LEASE);
    Ok(())
}

#[test]
fn a_program_that_freezes_behind_a_patient_router_is_absent_within_the_lease_all_the_same()
-> anyhow::Result<()> {
    let router = Router::start("60000")?;
    let kitchen = ground("kitchen", router.transport()?)?;
    let mut ears = kitchen.subscriber(topic!(Said { .. }))?;
    let mut cellar = Program::start_as("client", LEASE, "cellar", &router.place())?;
    cellar.order("publish 1")?;
    ears.presence()?;
    let frozen = Instant::now();
    cellar.signal("STOP")?;
    let why = unreachable(&ears.absence()?)?;
    assert!(why.starts_with("there has been no sign of life for "), "{why}");
    println!("who froze behind a router was absent within {:?}", frozen.elapsed());
    assert!(frozen.elapsed() < LEASE * 3 / 2, "{:?}", frozen.elapsed());
    cellar.signal("CONT")?;
    ears.presence()?;
    cellar.order("say 0 again")?;
    assert_eq!(*ears.message()?, said(0, "again"));
    Ok(())
}

#[test]
fn a_router_that_goes_is_a_loss_and_another_in_its_place_joins_them_again() -> anyhow::Result<()> {
    let router = Router::start("1000")?;
    let kitchen = ground("kitchen", router.transport()?)?;
    let cellar = ground("cellar", router.transport()?)?;
    let mut ears = kitchen.subscriber(topic!(Said { room: 1, .. }))?;
    let _mouth = cellar.publisher(topic!(Said { room: 1, .. }))?;
    ears.presence()?;
    let address = router.address;
    drop(router);
    unreachable(&ears.absence()?)?;
    let _router = Router::start_at(address, "1000")?;
    ears.presence()?;
    cellar.send(said(1, "again"))?;
    assert_eq!(*ears.message()?, said(1, "again"));
    Ok(())
}
