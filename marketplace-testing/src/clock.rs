//! A clock that a test moves by hand.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::BoxFuture;

/// A clock whose time passes only when the test advances it. Clones are the same clock.
///
/// A [`TestProgram::by_hand`](crate::TestProgram::by_hand) has one and gives it to the ground. So everything that waits
/// through the core (`sleep_then`, `within`, a supervisor's back-off) waits for the test. Use a clock of your own to test
/// code that takes a `sleep` function.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use futures::FutureExt;
/// use marketplace_testing::Clock;
///
/// let clock = Clock::new();
/// let mut minute = clock.sleep(Duration::from_secs(60));
/// clock.advance(Duration::from_secs(59));
/// assert!((&mut minute).now_or_never().is_none());
/// clock.advance(Duration::from_secs(1));
/// assert!(minute.now_or_never().is_some());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Clock(Arc<Mutex<Time>>);

#[derive(Debug, Default)]
struct Time {
    now: Duration,
    /// The end of each wait and its sender, in the order in which the waits began.
    waiting: Vec<(Duration, oneshot::Sender<()>)>,
}

impl Clock {
    /// A clock at zero.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The time that has passed since the clock was made.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.lock().now
    }

    /// A function that waits on this clock, for [`Ground::with_sleep`](marketplace_core::Ground::with_sleep).
    pub fn sleeper(&self) -> impl Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync + use<> {
        let clock = self.clone();
        move |duration| clock.sleep(duration)
    }

    /// A future that is ready when `duration` has passed on this clock.
    pub fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let (sender, woken) = oneshot::channel();
        let mut time = self.lock();
        let until = time.now.saturating_add(duration);
        if until <= time.now {
            return futures::future::ready(()).boxed();
        }
        time.waiting.push((until, sender));
        woken.map(|_| ()).boxed()
    }

    /// Lets time pass, and wakes the waits that are over, in the order of their times.
    pub fn advance(&self, duration: Duration) {
        let mut time = self.lock();
        time.now = time.now.saturating_add(duration);
        let now = time.now;
        let (mut over, waiting): (Vec<_>, _) =
            mem::take(&mut time.waiting).into_iter().partition(|(until, _)| *until <= now);
        time.waiting = waiting;
        drop(time);
        over.sort_by_key(|(until, _)| *until);
        for (_, sender) in over {
            // Some waits have been dropped.
            let _ = sender.send(());
        }
    }

    /// The time until the next wait is over, or `None` if there is no wait. Waits that have been dropped do not count.
    #[must_use]
    pub fn next(&self) -> Option<Duration> {
        let mut time = self.lock();
        time.waiting.retain(|(_, sender)| !sender.is_canceled());
        let first = time.waiting.iter().map(|(until, _)| *until).min()?;
        Some(first.saturating_sub(time.now))
    }

    /// The number of waits. Waits that have been dropped do not count.
    #[must_use]
    pub fn waiting(&self) -> usize {
        let mut time = self.lock();
        time.waiting.retain(|(_, sender)| !sender.is_canceled());
        time.waiting.len()
    }

    fn lock(&self) -> MutexGuard<'_, Time> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
