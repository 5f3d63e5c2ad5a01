//! Timers, for hyper and for the rest of the thread.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use async_io::Timer;
use futures::FutureExt;
use futures::future::{BoxFuture, Either, select};
use hyper::rt;

/// Waits.
pub(super) fn wait(time: Duration) -> BoxFuture<'static, ()> {
    Timer::after(time).map(|_| ()).boxed()
}

/// The result of some work, if it is done in time.
pub(super) async fn within<T>(time: Duration, work: impl Future<Output = T>) -> Option<T> {
    match select(std::pin::pin!(work), Timer::after(time)).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(_) => None,
    }
}

/// Timers of async-io for hyper.
pub(super) struct Clock;

struct Sleep(Timer);

impl rt::Timer for Clock {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn rt::Sleep>> {
        Box::pin(Sleep(Timer::after(duration)))
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn rt::Sleep>> {
        Box::pin(Sleep(Timer::at(deadline)))
    }
}

impl rt::Sleep for Sleep {}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.poll_unpin(cx).map(|_| ())
    }
}
