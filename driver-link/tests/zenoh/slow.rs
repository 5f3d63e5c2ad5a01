//! A ground that does not receive what is sent to it.

use std::sync::mpsc;

use marketplace_core::topic;

use crate::network::Network;
use crate::vocabulary::{Said, ground, linked, said};

#[test]
fn a_slow_ground_delays_no_other_and_loses_nothing() -> anyhow::Result<()> {
    const COUNT: usize = 3_000;
    let network = Network::new()?;
    let kitchen = ground("kitchen", network.seed().transport()?)?;
    let cellar = ground("cellar", network.other()?.transport()?)?;
    let attic = ground("attic", network.other()?.transport()?)?;
    linked(&[&kitchen, &cellar, &attic])?;
    let mut slow = cellar.subscriber(topic!(Said { room: 1, .. }))?;
    let mut quick = attic.subscriber(topic!(Said { room: 2, .. }))?;
    let mut mouth = kitchen.publisher(topic!(Said { room: _, .. }))?;
    slow.presence()?;
    quick.presence()?;
    mouth.presence()?;
    mouth.presence()?;
    let (go_on, may_go_on) = mpsc::channel::<()>();
    let sleeper = cellar.process(|_| {})?;
    sleeper.start(move |_| _ = may_go_on.recv())?;
    // Many times as much as may be under way.
    let text = "x".repeat(10_000);
    for number in 0..COUNT {
        kitchen.send(said(1, &format!("{number} {text}")))?;
    }
    for number in 0..10 {
        kitchen.send(said(2, &number.to_string()))?;
        assert_eq!(quick.message()?.text, number.to_string());
    }
    drop(go_on);
    for number in 0..COUNT {
        assert_eq!(slow.message()?.text, format!("{number} {text}"));
    }
    mouth.nothing()
}
