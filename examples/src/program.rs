//! Running a ground as a whole program, or one on each of several cores.

use std::time::Duration;

use async_std::task;
use driver_signal::stop_on_signals;
use marketplace_core::Ground;
use marketplace_grounds::Grounds;

use crate::Cores;

/// How long a program may take to finish after it is asked to stop.
pub const GRACE: Duration = Duration::from_secs(10);

/// Runs a program to its end, with async-std's `sleep`. Ctrl-C and SIGTERM ask it to stop; a second one ends it at once.
///
/// # Errors
///
/// The error of the main process; or if the signals cannot be caught.
pub fn run(ground: Ground) -> anyhow::Result<()> {
    task::block_on(stopping(ground)?.run())
}

/// Runs a program on each core. All of them stop together.
///
/// # Errors
///
/// The first error of a main process or of `program`; or if the signals cannot be caught.
pub fn run_on(
    Cores { cores }: Cores,
    program: impl Fn() -> anyhow::Result<Ground> + Send + Sync + 'static,
) -> anyhow::Result<()> {
    if cores.get() == 1 {
        return run(program()?);
    }
    Grounds::new(move |_| stopping(program()?)).count(cores).grace(GRACE).run(task::block_on)
}

/// Makes a program stop on signals.
fn stopping(ground: Ground) -> anyhow::Result<Ground> {
    let stopper = stop_on_signals(&ground.handle(), GRACE)?;
    Ok(ground.spawn(stopper).with_sleep(task::sleep))
}
