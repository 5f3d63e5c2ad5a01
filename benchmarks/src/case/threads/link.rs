//! Messages to another ground on another thread, and their answers.
//!
//! A round trip is two messages over the link. Each of them is three deliveries: to the link on this ground, from the
//! link on the other ground, and the one that wakes the link.

#[cfg_attr(not(feature = "others"), path = "../nobody.rs")]
mod others;

use driver_link::Shared;
use marketplace_core::{Spawn, topic};

use super::crossing::{Ping, Pong, ROUND_TRIPS, pinger};
use super::joined;
use crate::case::{Case, Counted, Counting, Subject, Tool};
use crate::figure::Figure;
use crate::ours;

pub(crate) const CASE: Case = Case {
    name: "threads-link",
    about: "round trips between two grounds, each on a thread of its own, joined by a link",
    parameter: "in flight",
    values: &[1, 100],
    rounds: 7,
    operations: |_| ROUND_TRIPS,
    counting: Some(Counting::of_process(
        "round trip",
        &[
            Counted::at(1, 2_000, &[Tool::Callgrind]),
            Counted::at(100, 10_000, &[Tool::Callgrind]).unchecked(),
        ],
    )),
    ours: &[
        Subject::new("marketplace", |size| joined(size.value, size.operations)),
        Subject::new("one ground", |size| alone(size.value, size.operations)),
    ],
    others: others::SUBJECTS,
};

fn joined(flying: u64, round_trips: u64) -> anyhow::Result<Vec<Figure>> {
    let shared = || vec![Shared::<Ping>::new().into(), Shared::<Pong>::new().into()];
    let times = joined::told(shared, |tell| [pinger(flying, round_trips, tell), ponger()])?;
    Ok(times.figures("round trip", round_trips))
}

fn alone(flying: u64, round_trips: u64) -> anyhow::Result<Vec<Figure>> {
    let times = ours::told(|tell| vec![pinger(flying, round_trips, tell), ponger()])?;
    Ok(times.figures("round trip", round_trips))
}

/// Answers pings, until the last pinger is gone.
fn ponger() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Ping(_)))
            .on_message(|(), cx, Ping(n)| cx.send(Pong(*n)))
            .on_departure(|(), cx, _, _| cx.quit());
    })
}
