//! A program with the driver and a listener, whose clock and whose ground are moved on by hand.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant, SystemTime};

use anyhow::Context as _;
use futures::FutureExt;
use futures::future::{BoxFuture, Fuse, FusedFuture, pending};
use marketplace_core::{Ground, Handle, Message, Spawn, topic};

use crate::TimerExpired;
use crate::clock::{Clock, Now};
use crate::driver::driver;

/// What the wall clock says at first.
pub(super) fn started() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000)
}

pub(super) struct Stage {
    clock: StageClock,
    heard: Heard,
    handle: Option<Handle>,
    program: Fuse<BoxFuture<'static, anyhow::Result<()>>>,
    woken: Arc<Woken>,
}

/// The labels of the timers that have expired, and what time each was told.
type Heard = Arc<Mutex<Vec<(String, SystemTime)>>>;

#[derive(Clone)]
struct StageClock(Arc<Mutex<Times>>);

/// A wait for the clock; there is one less as it is dropped.
struct Wait {
    clock: StageClock,
    until: Duration,
}

struct Times {
    now: Now,
    waits: usize,
    wakers: Vec<Waker>,
}

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn listener(heard: Heard) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.subscriber(topic!(TimerExpired { .. })).on_message(move |(), _, expired| {
            let label = format!("{:?}", expired.label);
            lock(&heard).push((label.trim_matches('"').to_owned(), expired.time));
        });
    })
}

impl Stage {
    pub(super) fn new() -> Self {
        let now = Now { monotonic: Duration::ZERO, wall: started() };
        let clock = StageClock(Arc::new(Mutex::new(Times { now, waits: 0, wakers: Vec::new() })));
        let heard = Heard::default();
        let ground = Ground::new().spawn(driver(Arc::new(clock.clone()))).spawn(listener(Arc::clone(&heard)));
        let handle = Some(ground.handle());
        let mut stage =
            Self { clock, heard, handle, program: ground.run().boxed().fuse(), woken: Arc::default() };
        stage.settle();
        stage
    }

    /// Another driver by the same clock.
    pub(super) fn driver(&self) -> Spawn {
        driver(Arc::new(self.clock.clone()))
    }

    pub(super) fn send(&mut self, message: impl Message) -> anyhow::Result<()> {
        let handle = self.handle.as_mut().context("the handle was given up")?;
        handle.send(message).now_or_never().context("the ground is behind")??;
        self.settle();
        Ok(())
    }

    pub(super) fn spawn(&mut self, spawn: Spawn) -> anyhow::Result<()> {
        let handle = self.handle.as_mut().context("the handle was given up")?;
        handle.spawn(spawn).now_or_never().context("the ground is behind")??;
        self.settle();
        Ok(())
    }

    pub(super) fn ask_to_stop(&mut self) -> anyhow::Result<()> {
        let handle = self.handle.as_mut().context("the handle was given up")?;
        handle.stop(Instant::now(), pending()).now_or_never().context("the ground is behind")??;
        self.settle();
        Ok(())
    }

    /// Has time pass, by both clocks.
    pub(super) fn advance(&mut self, time: Duration) {
        self.clock.change(|now| {
            now.monotonic += time;
            now.wall += time;
        });
        self.settle();
    }

    /// Has somebody set the wall clock, of which nobody is told.
    pub(super) fn set_wall_clock(&mut self, forward: Duration, back: Duration) {
        self.clock.change(|now| now.wall = now.wall + forward - back);
        self.settle();
    }

    /// The labels of the timers that have expired since this was asked last.
    pub(super) fn heard(&self) -> Vec<String> {
        self.heard_at().into_iter().map(|(label, _)| label).collect()
    }

    /// The same with what time each was told.
    pub(super) fn heard_at(&self) -> Vec<(String, SystemTime)> {
        std::mem::take(&mut lock(&self.heard))
    }

    /// How many waits for the clock there are.
    pub(super) fn waits(&self) -> usize {
        lock(&self.clock.0).waits
    }

    /// Gives up the handle.
    pub(super) fn release(&mut self) {
        self.handle = None;
        self.settle();
    }

    pub(super) fn has_ended(&self) -> bool {
        self.program.is_terminated()
    }

    /// Gives up the handle; the program must end by itself.
    pub(super) fn end(mut self) -> anyhow::Result<()> {
        self.release();
        anyhow::ensure!(self.has_ended(), "the program goes on");
        Ok(())
    }

    /// Polls the ground until it waits for something outside, or has ended.
    fn settle(&mut self) {
        let waker = Waker::from(Arc::clone(&self.woken));
        loop {
            let polled = Pin::new(&mut self.program).poll(&mut Context::from_waker(&waker));
            if polled.is_ready() || !self.woken.0.swap(false, Ordering::AcqRel) {
                return;
            }
        }
    }
}

impl StageClock {
    fn change(&self, change: impl FnOnce(&mut Now)) {
        let mut times = lock(&self.0);
        change(&mut times.now);
        let wakers = std::mem::take(&mut times.wakers);
        drop(times);
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl Clock for StageClock {
    fn now(&self) -> Now {
        lock(&self.0).now
    }

    fn wait_until(&self, until: Duration) -> BoxFuture<'static, ()> {
        lock(&self.0).waits += 1;
        Wait { clock: self.clone(), until }.boxed()
    }
}

impl Future for Wait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut times = lock(&self.clock.0);
        if times.now.monotonic >= self.until {
            return Poll::Ready(());
        }
        times.wakers.push(cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        lock(&self.clock.0).waits -= 1;
    }
}
