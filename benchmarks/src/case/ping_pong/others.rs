//! The two processes as actors and tasks of the others.

mod actix;
mod kameo;
mod ractor;
mod xtra;

use std::sync::Arc;
use std::time::Duration;

use syndicate::actor::Activation;
use tokio::sync::mpsc;

use super::{Subject, figures};
use crate::clock::Stopwatch;
use crate::dataspace::{self, OnText};
use crate::others::{on_actix, on_tokio};

pub(super) const SUBJECTS: &[Subject] = &[
    Subject::new("actix", |size| figures(size, on_actix(actix::run(size.operations / 2))?)),
    Subject::new("ractor", |size| figures(size, on_tokio(ractor::run(size.operations / 2))?)),
    Subject::new("kameo", |size| figures(size, on_tokio(kameo::run(size.operations / 2))?)),
    Subject::new("xtra", |size| figures(size, on_tokio(xtra::run(size.operations / 2))?)),
    Subject::new("syndicate", |size| figures(size, syndicate(size.operations / 2)?)),
    Subject::new("tokio mpsc", |size| figures(size, on_tokio(tokio_mpsc(size.operations / 2))?)),
];

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
