//! Messages into a nested VM and their answers, when the VM has a thread of its own and when it has not.

use std::sync::mpsc::Sender;

use marketplace_core::{Message, Spawn, topic};

use super::{Clocks, Times};
use crate::case::{Case, FIXED, Subject};
use crate::elsewhere::Elsewhere;
use crate::figure::Figure;
use crate::ours;

pub(crate) const CASE: Case = Case {
    name: "threads-crossing",
    about: "round trips between the outermost VM and a nested one, with a thread of its own or without",
    parameter: "in flight",
    values: &[1, 100],
    rounds: 7,
    operations: FIXED,
    counting: None,
    ours: &[
        Subject::new("elsewhere", |size| figures(size.value, Spawn::nested([ponger()]).wrap(Elsewhere::new))),
        Subject::new("in place", |size| figures(size.value, Spawn::nested([ponger()]))),
    ],
    others: &[],
};

pub(super) const ROUND_TRIPS: u64 = 50_000;

fn figures(flying: u64, vm: Spawn) -> anyhow::Result<Vec<Figure>> {
    let times = ours::told(|tell| vec![vm, pinger(flying, ROUND_TRIPS, tell)])?;
    Ok(times.figures("round trip", ROUND_TRIPS))
}

#[derive(Debug, Message)]
pub(super) struct Ping(pub(super) u64);

#[derive(Debug, Message)]
pub(super) struct Pong(pub(super) u64);

/// Sends some pings at once, and one more for each answer.
pub(super) fn pinger(flying: u64, round_trips: u64, tell: Sender<Times>) -> Spawn {
    Spawn::new(Clocks::start(), move |_, cx| {
        cx.subscriber(topic!(Pong(_))).on_message(move |clocks: &mut Clocks, cx, Pong(n)| {
            if *n == round_trips {
                tell.send(clocks.elapsed())?;
                cx.quit();
            } else {
                cx.send(Ping(n + flying));
            }
            Ok(())
        });
        cx.publisher(topic!(Ping(_))).on_presence(move |clocks: &mut Clocks, cx, _| {
            *clocks = Clocks::start();
            (1..=flying).for_each(|n| cx.send(Ping(n)));
        });
    })
}

fn ponger() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.meta().subscriber(topic!(Ping(_))).on_message(|(), cx, Ping(n)| cx.meta().send(Pong(*n)));
    })
}
