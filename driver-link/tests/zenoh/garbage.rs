//! Strangers that send something that no link sends, or too much of it.

use std::sync::mpsc;

use driver_link::{Batch, Frame, GroundId, Hello, LinkError, Linked};
use marketplace_core::{AnyMessage, Orientation, Pattern as _, topic};
use marketplace_testing::{Inbox, TestProgram, resident_memory};

use crate::network::Network;
use crate::stranger::{Met, Stranger};
use crate::vocabulary::{Said, ground, links, said};

/// Two grounds, and a network that a stranger can join.
struct Scene {
    network: Network,
    kitchen: TestProgram,
    cellar: TestProgram,
    ears: Inbox<Said>,
    /// What the kitchen publishes about its links.
    errors: Inbox<LinkError>,
    /// The cellar's identity, as the kitchen sees it.
    known: Linked,
    _mouth: Inbox<Said>,
}

impl Scene {
    fn new() -> anyhow::Result<Self> {
        let network = Network::new()?;
        let kitchen = ground("kitchen", network.seed().transport()?)?;
        let cellar = ground("cellar", network.other()?.transport()?)?;
        let mut ears = kitchen.subscriber(topic!(Said { room: 1, .. }))?;
        let mut mouth = cellar.publisher(topic!(Said { room: 1, .. }))?;
        ears.presence()?;
        mouth.presence()?;
        let errors = kitchen.subscriber(topic!(LinkError { .. }))?;
        let known = links(&cellar)?.presence()?.value().expect("it is known");
        Ok(Self { network, kitchen, cellar, ears, errors, known, _mouth: mouth })
    }

    /// A stranger that the kitchen has met.
    fn stranger(&self, id: u128) -> anyhow::Result<Met> {
        let config = self.network.other()?.config("peer")?;
        Stranger::new(GroundId(id), self.known.ground, config)?.meet()
    }

    /// Waits until the kitchen refuses a stranger for this reason.
    fn is_refused(&mut self, why: &str) -> anyhow::Result<()> {
        let reason = self.errors.message()?.reason.to_string();
        assert!(reason.contains("the peer is refused: ") && reason.contains(why), "{reason}");
        Ok(())
    }

    /// Checks that the cellar's message is the next one that the kitchen receives: the two have not noticed anything.
    fn goes_on(&mut self) -> anyhow::Result<()> {
        self.cellar.send(said(1, "as before"))?;
        assert_eq!(*self.ears.message()?, said(1, "as before"));
        self.errors.nothing()
    }
}

/// The greeting of a ground that has a large window and shares nothing.
fn hello() -> Frame {
    let name = "stranger".into();
    Frame::Hello(Hello { name, types: Vec::new(), window: 1_000, refusals: Vec::new() })
}

#[test]
fn a_stranger_that_sends_garbage_is_refused_and_others_do_not_notice() -> anyhow::Result<()> {
    let mut scene = Scene::new()?;
    let packets: [(&[u8], &str); 4] = [
        (b"", "an empty packet"),
        (b"garbage\x02", "packets of version 2, not of 1"),
        (b"garbage\x01", "a packet without an end"),
        (b"garbage, and then an end\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01", ""),
    ];
    for (number, (packet, why)) in packets.into_iter().enumerate() {
        let met = scene.stranger(number as u128)?;
        met.stranger.put(packet)?;
        scene.is_refused(why)?;
        scene.goes_on()?;
    }
    Ok(())
}

#[test]
fn a_stranger_that_was_refused_is_accepted_again_only_as_another_ground() -> anyhow::Result<()> {
    let mut scene = Scene::new()?;
    let mut links = links(&scene.kitchen)?;
    links.presence()?;
    let met = scene.stranger(1)?;
    met.stranger.put(b"garbage")?;
    scene.is_refused("")?;
    // It leaves, and returns with its old identity. So does another stranger.
    let mut old = met.leave()?;
    let _token = old.is_there()?;
    let Met { stranger: mut new, session, token: _new } = scene.stranger(2)?;
    for stranger in [&mut old, &mut new] {
        stranger.send(&Batch { session, first: 0, frames: vec![hello(), Frame::Ready] })?;
    }
    assert_eq!(links.presence()?.value().expect("it is known").ground, GroundId(2));
    scene.goes_on()?;
    links.nothing()
}

#[test]
fn a_stranger_that_sends_more_than_it_may_is_refused_and_costs_no_memory() -> anyhow::Result<()> {
    let mut scene = Scene::new()?;
    let Met { mut stranger, session, token: _token } = scene.stranger(1)?;
    // The kitchen is slow: it receives nothing until the test releases it.
    let (go_on, may_go_on) = mpsc::channel::<()>();
    let slow = scene.kitchen.process(|_| {})?;
    slow.start(move |_| _ = may_go_on.recv())?;
    let before = resident_memory()?;
    stranger.send(&Batch { session, first: 0, frames: vec![hello()] })?;
    let message = AnyMessage::new(said(1, &"x".repeat(500_000)));
    for first in 1..800 {
        let frames = vec![Frame::Message { orientation: Orientation::Publisher, message: message.clone() }];
        stranger.send(&Batch { session, first, frames })?;
    }
    let grown = resident_memory()?.saturating_sub(before);
    println!("of 400 MB that a stranger has sent, memory has grown by {} MB", grown >> 20);
    assert!(grown < 200 << 20, "{grown}");
    drop(go_on);
    scene.is_refused("")?;
    scene.goes_on()
}
