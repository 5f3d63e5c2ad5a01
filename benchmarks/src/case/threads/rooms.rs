//! Two rooms whose people talk among themselves: on one thread, and with a thread for each room.
//!
//! In each room one person speaks after the other, and everybody in the room receives each line. A share of what is
//! received is also sent out of the room. If everybody had a connection, all of it would be.

use std::sync::mpsc::Sender;

use marketplace_core::{Context, Message, Spawn, topic};

use super::{Clocks, Times};
use crate::case::{Case, FIXED, Subject};
use crate::elsewhere::Elsewhere;
use crate::figure::Figure;
use crate::ours;

pub(crate) const CASE: Case = Case {
    name: "threads-rooms",
    about: "two rooms of 50 people, each a nested VM, with a thread of its own or without",
    parameter: "% goes out",
    values: &[0, 2, 10, 100],
    rounds: 7,
    operations: FIXED,
    counting: None,
    ours: &[
        Subject::new("elsewhere", |size| figures(size.value, |room| room.wrap(Elsewhere::new))),
        Subject::new("in place", |size| figures(size.value, |room| room)),
    ],
    others: &[],
};

const ROOMS: u64 = 2;
const PEOPLE: u64 = 50;
/// How many lines are said in each room.
const UTTERANCES: u64 = 100_000;
const DELIVERIES: u64 = ROOMS * UTTERANCES * PEOPLE;

fn figures(share: u64, place: fn(Spawn) -> Spawn) -> anyhow::Result<Vec<Figure>> {
    let times = ours::told(|tell| {
        let rooms = (0..ROOMS).map(|_| place(Spawn::nested((0..PEOPLE).rev().map(|own| person(own, share)))));
        [listener(), host(tell)].into_iter().chain(rooms).collect()
    })?;
    Ok(times.figures("delivery", DELIVERIES))
}

/// A line in a room, numbered by how many have been said before.
#[derive(Debug, Message)]
struct Utterance {
    #[message(skip)]
    number: u64,
}

/// A line that is sent out of a room, for one of its people.
#[derive(Debug, Message)]
struct Shown {
    listener: u64,
    #[message(skip)]
    number: u64,
}

/// The signal to begin. Each room that is ready has a subscriber for it.
#[derive(Debug, Message)]
struct Begin {}

/// A room has finished.
#[derive(Debug, Message)]
struct Ended {}

/// A person in a room. Person 0 waits for a turn until the others are ready, and speaks when the signal to begin
/// arrives.
fn person(own: u64, share: u64) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.publisher(topic!(Utterance { .. }));
        cx.subscriber(topic!(Utterance { .. }))
            .on_message(move |(), cx, Utterance { number }| hear(cx, own, share, *number));
        if own == 0 {
            cx.yield_then(|(), cx| {
                let mut outside = cx.meta();
                let begin = outside.subscriber(topic!(Begin {}));
                begin.on_message(|(), cx, _| cx.send(Utterance { number: 0 }));
            });
        }
    })
}

fn hear(cx: &mut Context<'_, ()>, own: u64, share: u64, number: u64) {
    if (number + own) % 100 < share {
        cx.meta().send(Shown { listener: own, number });
    }
    let next = number + 1;
    if next % PEOPLE == own {
        if next == UTTERANCES {
            cx.meta().send(Ended {});
        } else {
            cx.send(Utterance { number: next });
        }
    }
}

/// Receives the lines that are sent out of the rooms.
fn listener() -> Spawn {
    Spawn::new(0, |_, cx| {
        cx.subscriber(topic!(Shown { .. })).on_message(|latest, _, shown| *latest = shown.number);
    })
}

struct Host {
    clocks: Clocks,
    ready: u64,
    ended: u64,
}

/// Sends the signal to begin when all rooms are ready, and sends the time that they took into the channel.
fn host(tell: Sender<Times>) -> Spawn {
    Spawn::new(Host { clocks: Clocks::start(), ready: 0, ended: 0 }, move |_, cx| {
        cx.subscriber(topic!(Ended {})).on_message(move |host: &mut Host, cx, _| {
            host.ended += 1;
            if host.ended == ROOMS {
                tell.send(host.clocks.elapsed())?;
                cx.quit();
            }
            Ok(())
        });
        cx.publisher(topic!(Begin {})).on_presence(|host: &mut Host, cx, _| {
            host.ready += 1;
            if host.ready == ROOMS {
                host.clocks = Clocks::start();
                cx.send(Begin {});
            }
        });
    })
}
