//! Running a ground as a whole program.

use std::time::Duration;

use async_std::task;
use driver_signal::stop_on_signals;
use marketplace_core::Ground;

/// How long a program has to finish once it is asked to stop.
pub const GRACE: Duration = Duration::from_secs(10);

/// Runs a program to its end, with async-std's way to wait; Ctrl-C and SIGTERM ask it to stop, a second one ends it at once.
///
/// # Errors
///
/// The reason with which the main process failed; or the signals cannot be caught.
pub fn run(ground: Ground) -> anyhow::Result<()> {
    let stopper = stop_on_signals(&ground.handle(), GRACE)?;
    task::block_on(ground.spawn(stopper).with_sleep(task::sleep).run())
}
