//! Messages into and out of nested VMs: what each level costs, compared with a relay in the same VM.
//!
//! A process can use the network of its own VM and that of the containing VM. The innermost process therefore crosses
//! one level by itself, and a relay in each VM further out crosses one more. The comparison has as many relays in one
//! VM. The goal is that a level costs at most 1.5 hops. Then the ratio is at most 1.25 at one level, 1.33 at two, 1.4
//! at four.

use std::sync::mpsc::Sender;
use std::time::Duration;

use marketplace_core::{Message, Spawn, topic};

use super::{Case, Counted, Counting, Size, Subject, Tool};
use crate::clock::Stopwatch;
use crate::figure::Figure;
use crate::ours;

pub(crate) const CASE: Case = Case {
    name: "levels",
    about: "one way between the outermost VM and a VM nested in it, some levels deep",
    parameter: "levels",
    values: &[0, 1, 2, 4],
    rounds: 7,
    operations: |_| 200_000,
    counting: Some(Counting::of_process("round trip", &[Counted::at(1, 4_000, &[Tool::Callgrind])])),
    ours: &[
        Subject::new("marketplace, nested", |size| figures(size, nested(size.value, size.operations)?)),
        Subject::new("marketplace, relays", |size| figures(size, relays(size.value, size.operations)?)),
    ],
    others: &[],
};

fn figures(size: Size, time: Duration) -> anyhow::Result<Vec<Figure>> {
    Ok(vec![Figure::nanoseconds_each("one way", 2 * size.operations, time)])
}

/// A message at a place on its way. Only the relays in one VM increase the place.
#[derive(Debug, Message)]
struct Ping {
    place: u64,
    n: u64,
}

#[derive(Debug, Message)]
struct Pong {
    place: u64,
    n: u64,
}

/// The answering process is in as many nested VMs as there are levels. Each VM but the innermost has a relay.
fn nested(levels: u64, round_trips: u64) -> anyhow::Result<Duration> {
    ours::told(|tell| {
        let answering = match levels {
            0 => ponger(0),
            levels => (1..levels)
                .fold(Spawn::nested([inner_ponger()]), |inner, _| Spawn::nested([outward_relay(), inner])),
        };
        vec![pinger(round_trips, tell), answering]
    })
}

/// One VM has as many relays as there are levels. Each forwards from one place to the next.
fn relays(levels: u64, round_trips: u64) -> anyhow::Result<Duration> {
    ours::told(|tell| (0..levels).map(relay).chain([pinger(round_trips, tell), ponger(levels)]).collect())
}

/// Sends each ping when the previous one is answered. It sends the first when a subscriber appears.
fn pinger(round_trips: u64, tell: Sender<Duration>) -> Spawn {
    Spawn::new(Stopwatch::start(), move |_, cx| {
        cx.subscriber(topic!(Pong { place: 0, n: _ })).on_message(move |watch, cx, pong| {
            if pong.n == round_trips {
                tell.send(watch.elapsed())?;
                cx.quit();
            } else {
                cx.send(Ping { place: 0, n: pong.n + 1 });
            }
            Ok(())
        });
        cx.publisher(topic!(Ping { place: 0, n: _ })).on_presence(|watch: &mut Stopwatch, cx, _| {
            *watch = Stopwatch::start();
            cx.send(Ping { place: 0, n: 1 });
        });
    })
}

fn ponger(place: u64) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.subscriber(topic!(Ping { place, n: _ }))
            .on_message(move |(), cx, ping| cx.send(Pong { place, n: ping.n }));
    })
}

/// The same in a nested VM, for the pings outside it.
fn inner_ponger() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.meta()
            .subscriber(topic!(Ping { place: 0, n: _ }))
            .on_message(|(), cx, ping| cx.meta().send(Pong { place: 0, n: ping.n }));
    })
}

/// Subscribes outside its VM when a subscriber inside appears.
fn outward_relay() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Pong { place: 0, n: _ }))
            .on_message(|(), cx, pong| cx.meta().send(Pong { place: 0, n: pong.n }));
        cx.publisher(topic!(Ping { place: 0, n: _ })).on_presence(|(), cx, _| {
            cx.meta()
                .subscriber(topic!(Ping { place: 0, n: _ }))
                .on_message(|(), cx, ping| cx.send(Ping { place: 0, n: ping.n }));
        });
    })
}

/// Subscribes at one place when a subscriber at the next place appears.
fn relay(place: u64) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.subscriber(topic!(Pong { place: place + 1, n: _ }))
            .on_message(move |(), cx, pong| cx.send(Pong { place, n: pong.n }));
        cx.publisher(topic!(Ping { place: place + 1, n: _ })).on_presence(move |(), cx, _| {
            cx.subscriber(topic!(Ping { place, n: _ }))
                .on_message(move |(), cx, ping| cx.send(Ping { place: place + 1, n: ping.n }));
        });
    })
}
