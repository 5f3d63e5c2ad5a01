//! A message comes from a nested VM, and its answer goes back: what each level costs beside a hop.
//!
//! A process takes part in its own VM's network and in the one around that, so the innermost process itself
//! crosses one level, and a relay in each VM further out one more. Beside it, as many relays in one VM.
//! A level is to cost at most 1.5 hops: then the ratio is at most 1.25 at one level, 1.33 at two, 1.4 at four.

use std::sync::mpsc::Sender;
use std::time::Duration;

use marketplace_core::{Message, Spawn, topic};

use super::{Case, Counted, Counting, Size, Subject, Tool};
use crate::clock::Stopwatch;
use crate::figure::Figure;
use crate::ours;

pub(crate) const CASE: Case = Case {
    name: "levels",
    about: "one way between the outermost VM and one nested in others",
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

/// A message at a place on its way, which only the relays in one VM count.
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

/// As many VMs around the answering process as there are levels, a relay in each but the innermost.
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

/// As many relays in one VM as there are levels, each from one place to the next.
fn relays(levels: u64, round_trips: u64) -> anyhow::Result<Duration> {
    ours::told(|tell| (0..levels).map(relay).chain([pinger(round_trips, tell), ponger(levels)]).collect())
}

/// Sends each ping on the answer to the one before, from when somebody hears them.
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

/// The same in a VM, for pings outside it.
fn inner_ponger() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.meta()
            .subscriber(topic!(Ping { place: 0, n: _ }))
            .on_message(|(), cx, ping| cx.meta().send(Pong { place: 0, n: ping.n }));
    })
}

/// Hears outside its VM once somebody inside does.
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

/// Hears at one place once somebody hears at the next.
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
