//! Two processes answer each other. Each message is created when it is sent.

#[cfg_attr(not(feature = "others"), path = "nobody.rs")]
mod others;

use std::sync::mpsc::Sender;
use std::time::Duration;

use marketplace_core::{Message, Spawn, topic};

use super::{Case, Counted, Counting, Size, Subject, Tool};
use crate::clock::Stopwatch;
use crate::figure::Figure;
use crate::ours;

pub(crate) const CASE: Case = Case {
    name: "ping-pong",
    about: "round trips of two processes, one in flight",
    parameter: "",
    values: &[0],
    rounds: 7,
    operations: |_| 1_000_000,
    counting: Some(Counting::of_process("delivery", &[Counted::at(0, 16_000, &[Tool::Callgrind])])),
    ours: &[Subject::new("marketplace", |size| {
        figures(size, ours::told(|tell| processes(size.operations / 2, tell))?)
    })],
    others: others::SUBJECTS,
};

/// The figures of this case. A round trip is two deliveries.
pub(super) fn figures(size: Size, time: Duration) -> anyhow::Result<Vec<Figure>> {
    Ok(vec![Figure::millions_a_second("round trips", size.operations / 2, time)])
}

/// The two processes. One of them sends the measured time into the channel.
pub(super) fn processes(round_trips: u64, tell: Sender<Duration>) -> Vec<Spawn> {
    #[derive(Debug, Message)]
    struct Ping(u64);

    #[derive(Debug, Message)]
    struct Pong(u64);

    let ponger = Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Ping(_))).on_message(|(), cx, Ping(n)| cx.send(Pong(*n)));
    });
    let pinger = Spawn::new(Stopwatch::start(), move |_, cx| {
        cx.subscriber(topic!(Pong(_))).on_message(move |watch, cx, Pong(n)| {
            if *n == round_trips {
                tell.send(watch.elapsed())?;
                cx.quit();
            } else {
                cx.send(Ping(n + 1));
            }
            Ok(())
        });
        cx.publisher(topic!(Ping(_))).on_presence(|watch: &mut Stopwatch, cx, _| {
            *watch = Stopwatch::start();
            cx.send(Ping(1));
        });
    });
    vec![ponger, pinger]
}
