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
    let stopping = stop_on_signals(ground.handle().weak())?;
    task::block_on(async {
        let stopper = task::spawn(stopping);
        let outcome = ground.with_sleep(task::sleep).run().await;
        stopper.cancel().await;
        outcome
    })
}

/// Asks a ground to stop on Ctrl-C and SIGTERM, on a second one at once; from now on they do not end the program by
/// themselves. The future goes on until the ground has ended, on any executor.
///
/// # Errors
///
/// The system does not let the program wait for signals.
pub fn stop_on_signals(mut handle: Handle) -> anyhow::Result<impl Future<Output = ()> + Send> {
    let mut signals = Signals::new([Signal::Int, Signal::Term]).context("cannot wait for signals")?;
    Ok(async move {
        let mut grace = GRACE;
        while signals.next().await.is_some() {
            let stopped = handle.stop(Instant::now() + grace, task::sleep(grace)).await;
            if stopped.is_err() {
                return;
            }
            grace = Duration::ZERO;
        }
    })
}
