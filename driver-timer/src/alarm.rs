//! The alarm: the one event source by which the driver is woken, set anew as the next deadline changes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream;
use marketplace_core::EventSource;

use crate::clock::Clock;

/// The driver's end of an alarm.
pub(crate) struct Alarm(Arc<Mutex<Setting>>);

/// What a source yields each time that its alarm goes off, never before the time for which it was set.
#[derive(Debug)]
pub(crate) struct Rings;

#[derive(Default)]
struct Setting {
    /// When to go off, by the monotonic clock.
    time: Option<Duration>,
    waker: Option<Waker>,
}

/// The source's end.
struct Waiting {
    alarm: Alarm,
    clock: Arc<dyn Clock>,
    wait: Option<(Duration, BoxFuture<'static, ()>)>,
}

impl Alarm {
    /// An alarm and its source, which is this alarm's alone: nothing that an earlier one had to say can be
    /// mistaken for it.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> (Self, EventSource) {
        let setting = Arc::new(Mutex::new(Setting::default()));
        let mut waiting = Waiting { alarm: Self(Arc::clone(&setting)), clock, wait: None };
        let rings = stream::poll_fn(move |cx| waiting.poll(cx).map(Some));
        (Self(setting), EventSource::once("timers", rings).as_clock())
    }

    /// Has the alarm go off once at `time`, by the monotonic clock, and not when it was to before.
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
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Rings> {
        let mut setting = self.alarm.lock();
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
        Poll::Ready(Rings)
    }
}
