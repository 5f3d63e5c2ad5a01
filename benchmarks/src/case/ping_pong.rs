//! Two processes answer each other; each message is made for its sending.

mod actix;
mod kameo;
mod ractor;
mod xtra;

use std::sync::Arc;
use std::time::Duration;

use marketplace_core::{Message, Spawn, topic};
use syndicate::actor::Activation;
use tokio::sync::mpsc;

use super::{Case, Counted, Counting, Size, Subject, Tool};
use crate::clock::Stopwatch;
use crate::dataspace::{self, OnText};
use crate::figure::Figure;
use crate::others::{on_actix, on_tokio};
use crate::ours;

pub(crate) const CASE: Case = Case {
    name: "ping-pong",
    about: "round trips of two processes, one in flight",
    parameter: "",
    values: &[0],
    rounds: 7,
    operations: |_| 1_000_000,
    counting: Some(Counting::of_process("delivery", &[Counted::at(0, 40_000, &[Tool::Callgrind])])),
    subjects: &[
        Subject::new("marketplace", |size| figures(size, marketplace(size.operations / 2)?)),
        Subject::new("actix", |size| figures(size, on_actix(actix::run(size.operations / 2))?)),
        Subject::new("ractor", |size| figures(size, on_tokio(ractor::run(size.operations / 2))?)),
        Subject::new("kameo", |size| figures(size, on_tokio(kameo::run(size.operations / 2))?)),
        Subject::new("xtra", |size| figures(size, on_tokio(xtra::run(size.operations / 2))?)),
        Subject::new("syndicate", |size| figures(size, syndicate(size.operations / 2)?)),
        Subject::new("tokio mpsc", |size| figures(size, on_tokio(tokio_mpsc(size.operations / 2))?)),
    ],
};

/// A round trip is two deliveries.
fn figures(size: Size, time: Duration) -> anyhow::Result<Vec<Figure>> {
    Ok(vec![Figure::millions_a_second("round trips", size.operations / 2, time)])
}

fn marketplace(round_trips: u64) -> anyhow::Result<Duration> {
    #[derive(Debug, Message)]
    struct Ping(u64);

    #[derive(Debug, Message)]
    struct Pong(u64);

    ours::told(|tell| {
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
    })
}

fn syndicate(round_trips: u64) -> anyhow::Result<Duration> {
    const PING: u64 = 0;
    const PONG: u64 = 1;

    dataspace::told(move |t, dataspace, tell| {
        let ds = Arc::clone(&dataspace);
        t.spawn(None, move |t| {
            let _ = t.prevent_inert_check();
            let sending = Arc::clone(&ds);
            let ponger = OnText(move |t: &mut Activation, n| sending.message(t, &dataspace::note(PONG, n)));
            let ponger = t.create_anycap(ponger);
            dataspace::observe(t, &ds, Some(PING), ponger);
            Ok(())
        });
        t.spawn(None, move |t| {
            let _ = t.prevent_inert_check();
            let sending = Arc::clone(&dataspace);
            let mut watch = Stopwatch::start();
            let pinger = t.create_anycap(OnText(move |t: &mut Activation, n| {
                if n == 0 {
                    watch = Stopwatch::start();
                }
                if n == round_trips {
                    let _ = tell.send(watch.elapsed());
                } else {
                    sending.message(t, &dataspace::note(PING, n + 1));
                }
            }));
            dataspace::observe(t, &dataspace, Some(PONG), pinger);
            dataspace.message(t, &dataspace::note(PONG, 0));
            Ok(())
        });
        Ok(())
    })
}

async fn tokio_mpsc(round_trips: u64) -> anyhow::Result<Duration> {
    struct Ping(u64);
    struct Pong(u64);

    let (to_ponger, mut pings) = mpsc::unbounded_channel();
    let (to_pinger, mut pongs) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(Ping(n)) = pings.recv().await {
            if to_pinger.send(Pong(n)).is_err() {
                break;
            }
        }
    });
    let pinger = tokio::spawn(async move {
        let watch = Stopwatch::start();
        to_ponger.send(Ping(1))?;
        while let Some(Pong(n)) = pongs.recv().await {
            if n == round_trips {
                break;
            }
            to_ponger.send(Ping(n + 1))?;
        }
        anyhow::Ok(watch.elapsed())
    });
    pinger.await?
}
