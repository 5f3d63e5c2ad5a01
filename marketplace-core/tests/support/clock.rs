//! A clock that a test drives by hand.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::channel::oneshot;

/// Time that passes as the test says.
#[derive(Clone, Default)]
pub(crate) struct Clock(Arc<Mutex<Time>>);

#[derive(Default)]
struct Time {
    now: Duration,
    /// Who waits, in the order in which they began to, and until when.
    waiting: Vec<(Duration, oneshot::Sender<()>)>,
}

impl Clock {
    /// What to give to [`Ground::with_sleep`](marketplace_core::Ground::with_sleep).
    pub(crate) fn sleep(&self) -> impl Fn(Duration) -> futures::future::BoxFuture<'static, ()> + use<> {
        let clock = self.clone();
        move |duration| {
            let (sender, woken) = oneshot::channel();
            let mut time = clock.lock();
            let until = time.now + duration;
            time.waiting.push((until, sender));
            woken.map(|_| ()).boxed()
        }
    }

    /// Lets time pass, and wakes those who have waited long enough, by their times.
    pub(crate) fn pass(&self, duration: Duration) {
        let mut time = self.lock();
        time.now += duration;
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

    /// When the first of those who wait is to be woken, from now; those who were called off are not among them.
    pub(crate) fn next(&self) -> Option<Duration> {
        let mut time = self.lock();
        time.waiting.retain(|(_, sender)| !sender.is_canceled());
        let first = time.waiting.iter().map(|(until, _)| *until).min()?;
        Some(first - time.now)
    }

    fn lock(&self) -> MutexGuard<'_, Time> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
