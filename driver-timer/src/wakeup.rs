//! The wake-up: the one event source that wakes the driver. It is set again when the next deadline changes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream;
use marketplace_core::EventSource;

use crate::clock::Clock;

/// The driver's side of a wake-up.
pub(crate) struct Wakeup(Arc<Mutex<Setting>>);

/// The event of a wake-up's source. It is never emitted before the time that was set.
#[derive(Debug)]
pub(crate) struct Fired;

#[derive(Default)]
struct Setting {
    /// The time of the wake-up by the monotonic clock.
    time: Option<Duration>,
    waker: Option<Waker>,
}

/// The event source's side of a wake-up.
struct Waiting {
    wakeup: Wakeup,
    clock: Arc<dyn Clock>,
    wait: Option<(Duration, BoxFuture<'static, ()>)>,
}

impl Wakeup {
    /// A wake-up and its event source. Each wake-up has its own source, so an event of an earlier wake-up cannot be
    /// mistaken for one of this wake-up.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> (Self, EventSource) {
        let setting = Arc::new(Mutex::new(Setting::default()));
        let mut waiting = Waiting { wakeup: Self(Arc::clone(&setting)), clock, wait: None };
        let fired = stream::poll_fn(move |cx| waiting.poll(cx).map(Some));
        (Self(setting), EventSource::once("timers", fired).as_clock())
    }

    /// Sets the wake-up to fire once at `time` by the monotonic clock. This replaces an earlier time.
    pub(crate) fn set(&self, time: Duration) {
        let mut setting = self.lock();
        if setting.time.replace(time) != Some(time)
            && let Some(waker) = setting.waker.take()
        {
            drop(setting);
            waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Setting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Fired> {
        let mut setting = self.wakeup.lock();
        let Some(time) = setting.time else {
            self.wait = None;
            setting.waker = Some(cx.waker().clone());
            return Poll::Pending;
        };
        let wait = match &mut self.wait {
            Some((set, wait)) if *set == time => wait,
            other => &mut other.insert((time, self.clock.wait_until(time))).1,
        };
        setting.waker = Some(cx.waker().clone());
        ready!(wait.poll_unpin(cx));
        setting.time = None;
        self.wait = None;
        Poll::Ready(Fired)
    }
}
