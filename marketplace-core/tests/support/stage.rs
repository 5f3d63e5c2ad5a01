//! A stage: a program that is moved on by hand, one poll or one request at a time.
//!
//! `marketplace_testing::TestProgram` cannot be used here: it adds a trace, a way to wait and processes of its own. The
//! rules are also about grounds that have none of these, about single polls, and about what keeps a program running.

use std::future::pending;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use futures::FutureExt;
use futures::future::{BoxFuture, Fuse, FusedFuture};
use marketplace_core::{Counters, Ground, GroundEnded, Handle, Message, Snapshot, Spawn};

use super::{Go, ground};

/// A ground that is polled by hand and that a handle keeps running.
pub(crate) struct Stage {
    program: Fuse<BoxFuture<'static, anyhow::Result<()>>>,
    pub(crate) handle: Handle,
    woken: Arc<Woken>,
}

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}

impl Stage {
    /// A stage with these processes, after they have settled.
    pub(crate) fn new(processes: impl IntoIterator<Item = Spawn>) -> Self {
        let mut stage = Self::of(ground(processes));
        assert!(stage.settle().is_pending(), "a strong handle keeps the ground");
        stage
    }

    /// A stage for this ground, which has not been polled yet.
    pub(crate) fn of(ground: Ground) -> Self {
        let handle = ground.handle();
        Self { program: ground.run().boxed().fuse(), handle, woken: Arc::default() }
    }

    /// Polls the ground once.
    pub(crate) fn poll(&mut self) -> Poll<anyhow::Result<()>> {
        let waker = Waker::from(Arc::clone(&self.woken));
        Pin::new(&mut self.program).poll(&mut Context::from_waker(&waker))
    }

    /// Whether the ground has requested a poll since the last call.
    pub(crate) fn take_woken(&self) -> bool {
        self.woken.0.swap(false, Ordering::AcqRel)
    }

    /// Polls the ground until it waits for something outside, or has ended.
    pub(crate) fn settle(&mut self) -> Poll<anyhow::Result<()>> {
        loop {
            let polled = self.poll();
            if polled.is_ready() || !self.take_woken() {
                return polled;
            }
        }
    }

    /// Spawns a process, and lets the program settle.
    pub(crate) fn spawn(&mut self, spawn: Spawn) -> anyhow::Result<()> {
        self.handle.spawn(spawn).now_or_never().context("the ground is behind")??;
        self.rest()
    }

    /// Sends a message, and lets the program settle.
    pub(crate) fn send(&mut self, message: impl Message) -> anyhow::Result<()> {
        self.handle.send(message).now_or_never().context("the ground is behind")??;
        self.rest()
    }

    /// Sends `Go(step)`, and lets the program settle.
    pub(crate) fn go(&mut self, step: u32) -> anyhow::Result<()> {
        self.send(Go(step))
    }

    /// A snapshot, after the program has settled.
    pub(crate) fn snapshot(&mut self) -> anyhow::Result<Snapshot> {
        let mut handle = self.handle.clone();
        self.look(async move { handle.snapshot().await }.boxed())
    }

    /// The counters, after the program has settled.
    pub(crate) fn counters(&mut self) -> anyhow::Result<Counters> {
        let mut handle = self.handle.clone();
        self.look(async move { handle.counters().await }.boxed())
    }

    fn look<T>(&mut self, mut look: BoxFuture<'static, Result<T, GroundEnded>>) -> anyhow::Result<T> {
        if (&mut look).now_or_never().is_some() {
            bail!("nobody has looked yet");
        }
        self.rest()?;
        Ok(look.now_or_never().context("the ground does not answer")??)
    }

    /// Requests a stop without a deadline, and lets the program end.
    pub(crate) fn stop(&mut self) -> anyhow::Result<()> {
        let deadline = Instant::now() + Duration::from_secs(3600);
        self.handle.stop(deadline, pending()).now_or_never().context("the ground is behind")??;
        match self.settle() {
            Poll::Pending => bail!("somebody does not stop"),
            Poll::Ready(outcome) => outcome,
        }
    }

    pub(crate) fn rest(&mut self) -> anyhow::Result<()> {
        match self.settle() {
            Poll::Pending => Ok(()),
            Poll::Ready(outcome) => outcome.context("the program has ended"),
        }
    }

    /// Drops the handle, and returns how the program ends when nothing can happen any more.
    pub(crate) fn end(self) -> anyhow::Result<()> {
        let Self { program, handle, .. } = self;
        drop(handle);
        if program.is_terminated() { Ok(()) } else { futures::executor::block_on(program) }
    }
}
