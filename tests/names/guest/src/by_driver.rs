//! The core by what a driver re-exports.

use std::sync::mpsc;

use futures::executor::block_on;
use station::market::{Ground, Message, Spawn, topic};
use station::{Number, Place, Reading, station};

/// A message of this crate's own, sent on for each of the driver's.
#[derive(Debug, Message)]
#[message(crate = "station::market")]
struct Warm {
    #[message(leaf)]
    rooms: Vec<Number>,
    celsius: i8,
}

/// What is heard of room 2, at 20 degrees, when the driver says this.
pub fn heard(readings: Vec<Reading>) -> anyhow::Result<Vec<i8>> {
    let (hear, heard) = mpsc::channel();
    let relay = Spawn::new((), |(), cx| {
        let number = Number(2);
        cx.publisher(topic!(Warm { .. }));
        cx.subscriber(topic!(Reading { place: Place::Room { number }, celsius: _ }))
            .on_message(|(), cx, reading| cx.send(Warm { rooms: vec![Number(2)], celsius: reading.celsius }))
            .on_absence(|(), cx, _station, _reason| cx.quit());
    });
    let listener = Spawn::new((), move |(), cx| {
        cx.subscriber(topic!(Warm { rooms: vec![Number(2)], celsius: 20 }))
            .on_message(move |(), _, warm| Ok(hear.send(warm.celsius)?))
            .on_absence(|(), cx, _relay, _reason| cx.quit());
    });
    block_on(Ground::new().spawn(listener).spawn(relay).spawn(station(readings)).run())?;
    Ok(heard.into_iter().collect())
}
