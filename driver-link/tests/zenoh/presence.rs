//! Grounds of one program.

use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use driver_link::{Link, LinkError, Shared, Zenoh};
use futures::FutureExt as _;
use marketplace_core::{Ground, Message, topic};
use marketplace_testing::TestProgram;
use serde::{Deserialize, Serialize};

use crate::network::Network;
use crate::place::Place;
use crate::vocabulary::{Said, ground, ground_with, link, linked, links, said, unreachable};

#[test]
fn two_grounds_exchange_presence_and_messages() -> anyhow::Result<()> {
    let network = Network::new()?;
    let kitchen = ground("kitchen", network.seed().transport()?)?;
    let cellar = ground("cellar", network.other()?.transport()?)?;
    let mut ears = kitchen.subscriber(topic!(Said { room: 1, .. }))?;
    let mut mouth = cellar.publisher(topic!(Said { room: _, .. }))?;
    ears.presence()?;
    mouth.presence()?;
    cellar.send(said(1, "hello"))?;
    assert_eq!(*ears.message()?, said(1, "hello"));
    drop(ears);
    assert!(mouth.absence()?.as_error().is_none());
    Ok(())
}

#[test]
fn three_grounds_find_each_other_through_the_one_that_all_know() -> anyhow::Result<()> {
    let network = Network::new()?;
    let kitchen = ground("kitchen", network.seed().transport()?)?;
    let cellar = ground("cellar", network.other()?.transport()?)?;
    let attic = ground("attic", network.other()?.transport()?)?;
    linked(&[&kitchen, &cellar, &attic])?;
    let mut ears = attic.subscriber(topic!(Said { room: 1, .. }))?;
    let mut mouth = cellar.publisher(topic!(Said { room: 1, .. }))?;
    ears.presence()?;
    mouth.presence()?;
    cellar.send(said(1, "up there"))?;
    assert_eq!(*ears.message()?, said(1, "up there"));
    Ok(())
}

#[test]
fn a_ground_that_joins_late_learns_of_everything_that_is_present() -> anyhow::Result<()> {
    let network = Network::new()?;
    let kitchen = ground("kitchen", network.seed().transport()?)?;
    let rooms: Vec<_> =
        (0..300).map(|room| kitchen.publisher(topic!(Said { room: room, .. }))).collect::<Result<_, _>>()?;
    let cellar = ground("cellar", network.other()?.transport()?)?;
    links(&cellar)?.presence()?;
    let mut ears = cellar.subscriber(topic!(Said { .. }))?;
    for _ in &rooms {
        ears.presence()?;
    }
    ears.nothing()
}

#[test]
fn a_ground_that_stops_says_goodbye_and_is_not_treated_as_lost() -> anyhow::Result<()> {
    let network = Network::new()?;
    let kitchen = ground("kitchen", network.seed().transport()?)?;
    let cellar = ground("cellar", network.other()?.transport()?)?;
    let mut links = links(&kitchen)?;
    links.presence()?;
    cellar.stop()?;
    assert!(links.absence()?.as_error().is_none());
    Ok(())
}

#[test]
fn a_program_that_returns_is_another_ground() -> anyhow::Result<()> {
    let network = Network::new()?;
    let kitchen = ground("kitchen", network.seed().transport()?)?;
    let mut links = links(&kitchen)?;
    let place = network.other()?;
    let mut grounds = Vec::new();
    for _ in 0..3 {
        let cellar = ground("cellar", place.transport()?)?;
        grounds.push(format!("{:?}", links.presence()?.ground));
        cellar.stop()?;
        links.absence()?;
    }
    grounds.sort();
    grounds.dedup();
    assert_eq!(grounds.len(), 3);
    Ok(())
}

#[test]
fn a_transport_that_cannot_begin_says_why() -> anyhow::Result<()> {
    let place = Place::knowing(&[])?;
    // Another socket listens there.
    let _taken = TcpListener::bind(place.listen[0])?;
    let kitchen = TestProgram::run(Ground::new())?;
    let mut errors = kitchen.subscriber(topic!(LinkError { .. }))?;
    let transport = link("kitchen", place.transport()?).spawn();
    let _parent = kitchen.process(|cx| cx.spawn(transport))?;
    let reason = errors.message()?.reason.to_string();
    assert!(reason.contains("zenoh cannot start"), "{reason}");
    Ok(())
}

#[test]
fn a_network_name_that_is_not_valid_fails_the_driver() -> anyhow::Result<()> {
    for network in ["", "rooms/*", "a//b", "rooms?"] {
        let link = Link::new("kitchen").join(Zenoh::new(network)).spawn();
        let error = Ground::new().main(link).run().now_or_never().context("it goes on")?.unwrap_err();
        assert!(error.to_string().contains(&format!("the name of a network, {network:?}")), "{error}");
    }
    let short = Zenoh::new("rooms").lease(Duration::from_millis(99));
    let error = Ground::new().main(Link::new("kitchen").join(short).spawn()).run().now_or_never();
    assert_eq!(
        error.context("it goes on")?.unwrap_err().to_string(),
        "a lease of 99ms is too short: the minimum is 100ms"
    );
    Ok(())
}

/// A message that must be dropped by the thread of its ground.
#[derive(Debug, Message, Serialize, Deserialize)]
#[message(serde)]
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        assert_ne!(thread::current().name(), Some("link by zenoh"), "the bomb goes off");
    }
}

#[test]
fn a_message_that_panics_as_it_is_dropped_ends_the_transport_with_a_reason() -> anyhow::Result<()> {
    let network = Network::new()?;
    let bombs = || Shared::<Bomb>::new().named("test/Bomb", 1);
    let kitchen = ground_with(link("kitchen", network.seed().transport()?).share(bombs()).spawn())?;
    let cellar = ground_with(link("cellar", network.other()?.transport()?).share(bombs()).spawn())?;
    let (mut here, mut there) = (links(&cellar)?, links(&kitchen)?);
    here.presence()?;
    there.presence()?;
    let mut errors = cellar.subscriber(topic!(LinkError { peer: None, .. }))?;
    let mut shelf = cellar.publisher(topic!(Bomb))?;
    let _ears = kitchen.subscriber(topic!(Bomb))?;
    shelf.presence()?;
    cellar.send(Bomb)?;
    assert_eq!(unreachable(&here.absence()?)?, "the transport has failed");
    let reason = errors.message()?.reason.to_string();
    assert!(
        reason.contains("the transport's thread has panicked") && reason.contains("goes off"),
        "{reason}"
    );
    unreachable(&there.absence()?)?;
    Ok(())
}
