//! How long a test waits.

use std::cell::Cell;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::ensure;

/// How long anything that must happen may take: far longer than it does, so that a busy machine fails no test.
///
/// While a driver or program is being written and much does not happen yet, `MARKETPLACE_PATIENCE=2` in the environment has
/// the tests wait for two seconds instead.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// The environment variable that says how long, in seconds.
const VARIABLE: &str = "MARKETPLACE_PATIENCE";

thread_local! {
    static LIMIT: Cell<Duration> = Cell::new(limit(std::env::var(VARIABLE).ok().as_deref()));
}

/// How long, by what the environment says. What makes no sense is told and left out.
fn limit(asked: Option<&str>) -> Duration {
    let Some(asked) = asked else { return TIMEOUT };
    let seconds = asked.trim().parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.unwrap_or_else(|| {
        eprintln!("{VARIABLE}={asked:?} is no number of seconds: it is {TIMEOUT:?}");
        TIMEOUT
    })
}

/// Has whatever this thread waits for in `work` take no longer than `limit`; for tests of what does not happen.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use marketplace_testing::{wait_until, within};
///
/// assert!(within(Duration::from_millis(10), || wait_until(|| Ok(false))).is_err());
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
pub(crate) fn timeout() -> Duration {
    LIMIT.get()
}

/// Waits for something outside the program of which no event tells: a port that is free again, say.
///
/// Where an event does tell, wait for that.
///
/// # Errors
///
/// That of `holds`; or it has not held within [`TIMEOUT`].
pub fn wait_until(mut holds: impl FnMut() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let (began, limit) = (Instant::now(), timeout());
    while !holds()? {
        ensure!(began.elapsed() < limit, "what was waited for has not happened in {limit:?}");
        thread::yield_now();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_says_how_long_in_seconds() {
        assert_eq!(limit(None), TIMEOUT);
        assert_eq!(limit(Some("2")), Duration::from_secs(2));
        assert_eq!(limit(Some("0.5")), Duration::from_millis(500));
        for nonsense in ["", "-1", "soon", "inf"] {
            assert_eq!(limit(Some(nonsense)), TIMEOUT);
        }
    }
}
