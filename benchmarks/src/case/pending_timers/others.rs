//! Pending timers of the others.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::Instant;

use futures::FutureExt;

use super::{CANCELLED, Found, Subject, delay, figures, own_memory};
use crate::clock::Stopwatch;
use crate::others::on_tokio;

pub(super) const SUBJECTS: &[Subject] = &[
    Subject::new("tokio, one thread", |size| figures(size.value, on_tokio(tokio(size.value))?)),
    Subject::new("async-io, one thread", |size| figures(size.value, smol::block_on(async_io(size.value))?)),
];

/// Polls a timer once, after which it is pending.
async fn set<T>(mut timer: Pin<&mut impl Future<Output = T>>) {
    poll_fn(|cx| {
        assert!(timer.poll_unpin(cx).is_pending(), "a timer that expires in an hour is pending");
        Poll::Ready(())
    })
    .await;
}

async fn tokio(timers: u64) -> anyhow::Result<Found> {
    let before = own_memory()?;
    let mut pending = Vec::new();
    for n in 0..timers {
        let mut timer = Box::pin(tokio::time::sleep(delay(n)));
        set(timer.as_mut()).await;
        pending.push(timer);
    }
    let taken = own_memory()? - before;
    let watch = Stopwatch::start();
    for n in timers..timers + CANCELLED {
        let mut timer = Box::pin(tokio::time::sleep(delay(n)));
        set(timer.as_mut()).await;
    }
    Ok((taken, watch.elapsed()))
}

async fn async_io(timers: u64) -> anyhow::Result<Found> {
    let before = own_memory()?;
    let mut pending = Vec::new();
    for n in 0..timers {
        let mut timer = Box::pin(smol::Timer::at(Instant::now() + delay(n)));
        set(timer.as_mut()).await;
        pending.push(timer);
    }
    let taken = own_memory()? - before;
    let watch = Stopwatch::start();
    for n in timers..timers + CANCELLED {
        let mut timer = Box::pin(smol::Timer::at(Instant::now() + delay(n)));
        set(timer.as_mut()).await;
    }
    Ok((taken, watch.elapsed()))
}
