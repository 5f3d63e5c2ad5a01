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

use super::{Case, Subject};
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
    subjects: &[
        Subject::new("marketplace", |_| figures(marketplace()?)),
        Subject::new("actix", |_| figures(on_actix(actix::run())?)),
        Subject::new("ractor", |_| figures(on_tokio(ractor::run())?)),
        Subject::new("kameo", |_| figures(on_tokio(kameo::run())?)),
        Subject::new("xtra", |_| figures(on_tokio(xtra::run())?)),
        Subject::new("syndicate", |_| figures(syndicate()?)),
        Subject::new("tokio mpsc", |_| figures(on_tokio(tokio_mpsc())?)),
    ],
};

const ROUND_TRIPS: u64 = 500_000;

fn figures(time: Duration) -> anyhow::Result<Vec<Figure>> {
    Ok(vec![Figure::millions_a_second("round trips", ROUND_TRIPS, time)])
}

fn marketplace() -> anyhow::Result<Duration> {
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
                if *n == ROUND_TRIPS {
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

fn syndicate() -> anyhow::Result<Duration> {
    const PING: u64 = 0;
    const PONG: u64 = 1;

    dataspace::told(|t, dataspace, tell| {
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
                if n == ROUND_TRIPS {
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

async fn tokio_mpsc() -> anyhow::Result<Duration> {
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
            if n == ROUND_TRIPS {
                break;
            }
            to_ponger.send(Ping(n + 1))?;
        }
        anyhow::Ok(watch.elapsed())
    });
    pinger.await?
}
