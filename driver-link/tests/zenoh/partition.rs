//! Networks that break and heal.

use std::time::Instant;

use marketplace_core::topic;
use marketplace_testing::{Inbox, TestProgram};

use crate::network::Network;
use crate::place::{Place, set};
use crate::proxy::Proxy;
use crate::vocabulary::{LEASE, Said, ground, said, unreachable};
use driver_link::Zenoh;

/// Two grounds with a proxy between them, and what each sees of the other.
struct Apart {
    proxy: Proxy,
    kitchen: TestProgram,
    ears: Inbox<Said>,
    cellar: TestProgram,
    mouth: Inbox<Said>,
    rooms: u32,
}

impl Apart {
    fn new() -> anyhow::Result<Self> {
        let network = Network::new()?;
        let proxy = Proxy::to(network.seed().listen[0])?;
        let kitchen = ground("kitchen", transport(network.seed())?)?;
        let place = Place::knowing(&[proxy.address])?;
        let cellar = ground("cellar", transport(&place)?)?;
        let ears = kitchen.subscriber(topic!(Said { room: 1, .. }))?;
        let mouth = cellar.publisher(topic!(Said { room: 1, .. }))?;
        let mut apart = Self { proxy, kitchen, ears, cellar, mouth, rooms: 0 };
        apart.are_together()?;
        Ok(apart)
    }

    /// Checks that each sees the other, and that messages arrive.
    fn are_together(&mut self) -> anyhow::Result<()> {
        self.ears.presence()?;
        self.mouth.presence()?;
        self.rooms += 1;
        let message = said(1, &self.rooms.to_string());
        self.cellar.send(message.clone())?;
        assert_eq!(*self.ears.message()?, message);
        Ok(())
    }

    /// Waits until each has lost the other, and returns the reasons.
    fn are_apart(&mut self) -> anyhow::Result<[String; 2]> {
        Ok([unreachable(&self.ears.absence()?)?, unreachable(&self.mouth.absence()?)?])
    }
}

/// The grounds cannot find a way around the proxy.
fn transport(place: &Place) -> anyhow::Result<Zenoh> {
    let mut config = place.config("peer")?;
    set(&mut config, "scouting/gossip/enabled", "false")?;
    Ok(Zenoh::new("test").config(config).lease(LEASE))
}

#[test]
fn a_connection_that_breaks_is_a_loss_for_both_and_heals() -> anyhow::Result<()> {
    let mut apart = Apart::new()?;
    for _ in 0..3 {
        let broken = Instant::now();
        apart.proxy.cut();
        assert_eq!(apart.are_apart()?, ["it ended without a goodbye"; 2]);
        assert!(broken.elapsed() < LEASE);
        let healed = Instant::now();
        apart.proxy.heal();
        apart.are_together()?;
        println!("a network that had broken was healed after {:?}", healed.elapsed());
    }
    Ok(())
}

#[test]
fn a_network_that_discards_everything_is_noticed_by_its_silence_and_heals() -> anyhow::Result<()> {
    let mut apart = Apart::new()?;
    let broken = Instant::now();
    apart.proxy.fall_silent();
    for why in apart.are_apart()? {
        assert!(why.starts_with("there has been no sign of life for "), "{why}");
    }
    println!("a network that swallows everything was noticed after {:?}", broken.elapsed());
    assert!(broken.elapsed() < LEASE * 3 / 2, "{:?}", broken.elapsed());
    apart.proxy.heal();
    apart.are_together()
}

#[test]
fn what_happens_while_a_network_is_broken_is_seen_once_it_heals() -> anyhow::Result<()> {
    let mut apart = Apart::new()?;
    apart.proxy.cut();
    apart.are_apart()?;
    let _door = apart.cellar.publisher(topic!(Said { room: 2, .. }))?;
    let mut door = apart.kitchen.subscriber(topic!(Said { room: 2, .. }))?;
    door.nothing()?;
    apart.proxy.heal();
    apart.are_together()?;
    door.presence().map(drop)
}
