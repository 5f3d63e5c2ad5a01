//! A clock that a test moves by hand.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::BoxFuture;

/// Time that passes as the test says. Clones are the same clock.
///
/// A [`TestProgram::by_hand`](crate::TestProgram::by_hand) has one, which is the ground's way to wait: so everything that
/// waits by the core's means (`sleep_then`, `within`, a supervisor's back-off) waits for the test.
#[derive(Clone, Debug, Default)]
pub struct Clock(Arc<Mutex<Time>>);

#[derive(Debug, Default)]
struct Time {
    now: Duration,
    /// Until when, and who waits, in the order in which they began to.
    waiting: Vec<(Duration, oneshot::Sender<()>)>,
}

impl Clock {
    /// A clock that says zero.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What the clock says: how much time has passed since it was made.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.lock().now
    }

    /// A way to wait, for a ground's [`with_sleep`](marketplace_core::Ground::with_sleep).
    pub fn sleeper(&self) -> impl Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync + use<> {
        let clock = self.clone();
        move |duration| clock.sleep(duration)
    }

    /// Done once so much time has passed.
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

    /// Lets time pass, and wakes those who have waited long enough, in the order of their times.
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
            // Some have been called off.
            let _ = sender.send(());
        }
    }

    /// How long until the first of those who wait is to be woken. Those who have been called off do not count.
    #[must_use]
    pub fn next(&self) -> Option<Duration> {
        let mut time = self.lock();
        time.waiting.retain(|(_, sender)| !sender.is_canceled());
        let first = time.waiting.iter().map(|(until, _)| *until).min()?;
        Some(first.saturating_sub(time.now))
    }

    /// How many wait. Those who have been called off do not count.
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
