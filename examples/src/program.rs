//! Running a ground as a whole program.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use async_signal::{Signal, Signals};
use async_std::task;
use futures::StreamExt;
use marketplace_core::{Ground, Handle};

/// How long a program has to finish once it is asked to stop.
const GRACE: Duration = Duration::from_secs(10);

/// Runs a program to its end, with async-std's way to wait; Ctrl-C and SIGTERM ask it to stop, a second one ends it at once.
///
/// # Errors
///
/// The reason with which the main process failed.
pub fn run(ground: Ground) -> anyhow::Result<()> {
    let signals = Signals::new([Signal::Int, Signal::Term]).context("cannot wait for signals")?;
    let handle = ground.handle().weak();
    task::block_on(async {
        let stopper = task::spawn(stop_on_signals(signals, handle));
        let outcome = ground.with_sleep(task::sleep).run().await;
        stopper.cancel().await;
        outcome
    })
}

async fn stop_on_signals(mut signals: Signals, mut handle: Handle) {
    let mut grace = GRACE;
    while signals.next().await.is_some() {
        let stopped = handle.stop(Instant::now() + grace, task::sleep(grace)).await;
        if stopped.is_err() {
            return;
        }
        grace = Duration::ZERO;
    }
}
