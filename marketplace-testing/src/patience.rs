//! How long a test waits.

use std::cell::Cell;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::ensure;

/// How long anything that must happen may take: far longer than it does, so that a busy machine fails no test.
pub const PATIENCE: Duration = Duration::from_secs(30);

thread_local! {
    static LIMIT: Cell<Duration> = const { Cell::new(PATIENCE) };
}

/// Has whatever this thread waits for in `work` take no longer than `limit`; for tests of what does not happen.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use marketplace_testing::{until, within};
///
/// assert!(within(Duration::from_millis(10), || until(|| Ok(false))).is_err());
/// ```
pub fn within<R>(limit: Duration, work: impl FnOnce() -> R) -> R {
    /// Puts the former limit back, also where `work` panics.
    struct Former(Duration);

    impl Drop for Former {
        fn drop(&mut self) {
            LIMIT.set(self.0);
        }
    }

    let _former = Former(LIMIT.replace(limit));
    work()
}

/// How long this thread waits for something.
pub(crate) fn patience() -> Duration {
    LIMIT.get()
}

/// Waits for something outside the program of which no event tells: a port that is free again, say.
///
/// Where an event does tell, wait for that.
///
/// # Errors
///
/// That of `holds`; or it has not held within [`PATIENCE`].
pub fn until(mut holds: impl FnMut() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let (began, limit) = (Instant::now(), patience());
    while !holds()? {
        ensure!(began.elapsed() < limit, "what was waited for has not happened in {limit:?}");
        thread::yield_now();
    }
    Ok(())
}
