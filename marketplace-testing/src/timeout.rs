//! How long a test waits.

use std::cell::Cell;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::ensure;

/// How long a test waits for something that must happen. It is far longer than anything takes, so that no test fails on a
/// busy machine.
///
/// While you write a driver or program and much does not work yet, set `MARKETPLACE_TEST_TIMEOUT=2` in the environment: the
/// tests then wait for two seconds instead.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// The environment variable with the time-out in seconds.
const VARIABLE: &str = "MARKETPLACE_TEST_TIMEOUT";

thread_local! {
    static LIMIT: Cell<Duration> = Cell::new(limit(std::env::var(VARIABLE).ok().as_deref()));
}

/// The time-out that the environment asks for. An invalid value is reported and ignored.
fn limit(asked: Option<&str>) -> Duration {
    let Some(asked) = asked else { return TIMEOUT };
    let seconds = asked.trim().parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.unwrap_or_else(|| {
        eprintln!("{VARIABLE}={asked:?} is not a number of seconds: using {TIMEOUT:?}");
        TIMEOUT
    })
}

/// Runs `work` with `limit` as the time-out of everything that this thread waits for. Use it to test that something does
/// not happen.
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
    /// Restores the former limit, even if `work` panics.
    struct Former(Duration);

    impl Drop for Former {
        fn drop(&mut self) {
            LIMIT.set(self.0);
        }
    }

    let _former = Former(LIMIT.replace(limit));
    work()
}

/// The time-out of this thread.
pub(crate) fn timeout() -> Duration {
    LIMIT.get()
}

/// Waits until `holds` returns true: for something outside the program that no event reports, such as a port that becomes
/// free. If there is an event, wait for the event instead.
///
/// # Errors
///
/// An error of `holds`, or if it has not returned true within [`TIMEOUT`].
pub fn wait_until(mut holds: impl FnMut() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let (began, limit) = (Instant::now(), timeout());
    while !holds()? {
        ensure!(began.elapsed() < limit, "the condition was not true within {limit:?}");
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
