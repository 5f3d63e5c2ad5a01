//! How long a test waits.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::ensure;

/// How long anything that must happen may take: far longer than it does, so that a busy machine fails no test.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Waits for something outside the program of which no event tells: a port that is free again, say.
///
/// Where an event does tell, wait for that.
///
/// # Errors
///
/// That of `holds`; or it has not held within [`PATIENCE`].
pub fn until(mut holds: impl FnMut() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while !holds()? {
        ensure!(Instant::now() < deadline, "what was waited for has not happened in {PATIENCE:?}");
        thread::yield_now();
    }
    Ok(())
}
