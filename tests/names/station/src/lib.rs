//! A driver in whose manifest the core has another name. Who uses it needs to know nothing but the driver.

pub use market;

use market::{Message, Spawn, topic};

/// What a thermometer said.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
pub struct Reading {
    /// Which thermometer.
    pub place: Place,
    /// What it said.
    pub celsius: i8,
}

/// Where a thermometer is.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
pub enum Place {
    /// On the roof.
    Roof,
    /// In a room.
    Room {
        /// Which one.
        number: Number,
    },
}

/// A room's number.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Message)]
#[message(leaf)]
pub struct Number(pub u8);

/// Says what its thermometers said, once somebody listens, and quits.
pub fn station(readings: Vec<Reading>) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.publisher(topic!(Reading { .. })).on_presence(move |(), cx, _listener| {
            for reading in &readings {
                cx.send(reading.clone());
            }
            cx.quit();
        });
    })
}
