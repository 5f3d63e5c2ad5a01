//! What the tests share: running grounds, and processes for them. Every wait has a deadline.

#![allow(dead_code, reason = "every test binary uses a part of it")]

use std::future::pending;
use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use anyhow::Context as _;
use futures::executor::block_on;
use marketplace_core::{Ground, Message, Spawn, Stopping, topic};
use marketplace_grounds::{Grounds, RunningGrounds};
use marketplace_testing::TIMEOUT;

/// Tells a process to act.
#[derive(Debug, Message)]
pub(crate) struct Act {}

/// Two grounds.
pub(crate) fn two(recipe: impl Fn(usize) -> anyhow::Result<Ground> + Send + Sync + 'static) -> Grounds {
    Grounds::new(recipe).count(NonZeroUsize::MIN.saturating_add(1))
}

/// Two grounds that run.
pub(crate) fn start(
    recipe: impl Fn(usize) -> anyhow::Result<Ground> + Send + Sync + 'static,
) -> anyhow::Result<RunningGrounds> {
    two(recipe).start(block_on)
}

/// How grounds end.
pub(crate) fn end(grounds: RunningGrounds) -> anyhow::Result<()> {
    in_time(|| grounds.join())?
}

/// Runs something that may take some time, with a deadline.
pub(crate) fn in_time<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> anyhow::Result<T> {
    let (tell, told) = channel();
    thread::spawn(move || tell.send(work()));
    next(&told)
}

/// The next report.
pub(crate) fn next<T>(told: &Receiver<T>) -> anyhow::Result<T> {
    told.recv_timeout(TIMEOUT).context("what was waited for has not happened")
}

/// Keeps its ground running until the ground is about to stop.
pub(crate) fn patient() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.perform(pending::<()>(), |(), _, ()| ());
        cx.observe_publishers(topic!(Stopping { .. })).on_presence(|(), cx, _| cx.quit());
    })
}

/// Keeps its ground running whatever happens.
pub(crate) fn stubborn() -> Spawn {
    Spawn::new((), |(), cx| cx.perform(pending::<()>(), |(), _, ()| ()))
}

/// Does something when it receives [`Act`].
pub(crate) fn acting(act: impl Fn() -> anyhow::Result<()> + Send + 'static) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.perform(pending::<()>(), |(), _, ()| ());
        cx.subscriber(topic!(Act {})).on_message(move |(), cx, _| {
            act()?;
            cx.quit();
            anyhow::Ok(())
        });
    })
}

/// Tells a ground's processes to act.
pub(crate) fn act(grounds: &RunningGrounds, index: usize) -> anyhow::Result<()> {
    Ok(block_on(grounds.handles()[index].clone().send(Act {}))?)
}

/// Waits until a ground has ended, and returns how.
pub(crate) fn ended(grounds: &RunningGrounds, index: usize) -> anyhow::Result<()> {
    let closed = grounds.handles()[index].closed();
    Ok(in_time(|| block_on(closed))??)
}
