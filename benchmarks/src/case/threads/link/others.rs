//! The same with tokio's channels between two threads.

use std::thread;

use tokio::sync::mpsc;

use super::Subject;
use crate::case::threads::{Clocks, Times};
use crate::figure::Figure;
use crate::others::on_tokio;

pub(super) const SUBJECTS: &[Subject] =
    &[Subject::new("tokio mpsc", |size| figures(size.operations, tokio_mpsc(size.value, size.operations)?))];

fn figures(round_trips: u64, times: Times) -> anyhow::Result<Vec<Figure>> {
    Ok(times.figures("round trip", round_trips))
}

struct Ping(u64);
struct Pong(u64);

/// A tokio runtime on each of two threads.
fn tokio_mpsc(flying: u64, round_trips: u64) -> anyhow::Result<Times> {
    let (to_ponger, mut pings) = mpsc::unbounded_channel();
    let (to_pinger, mut pongs) = mpsc::unbounded_channel();
    thread::spawn(|| {
        on_tokio(async move {
            while let Some(Ping(n)) = pings.recv().await {
                to_pinger.send(Pong(n))?;
            }
            Ok(())
        })
    });
    on_tokio(async move {
        let clocks = Clocks::start();
        (1..=flying).try_for_each(|n| to_ponger.send(Ping(n)))?;
        while let Some(Pong(n)) = pongs.recv().await {
            if n == round_trips {
                break;
            }
            to_ponger.send(Ping(n + flying))?;
        }
        Ok(clocks.elapsed())
    })
}
