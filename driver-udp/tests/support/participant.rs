//! A process that takes part until its test has it leave.

use std::sync::mpsc::{Receiver, channel};

use anyhow::Context as _;
use async_std::task::block_on;
use marketplace_core::{Context, Handle, Message, Once, Spawn, Value, topic};

use super::PATIENCE;

/// A process at the ground that does what its test tells it.
pub(crate) struct Participant {
    name: Value,
    handle: Handle,
    /// Closed when the process is gone.
    life: Receiver<()>,
}

/// Something to do, in a turn of the process.
#[derive(Debug, Message)]
struct Task {
    participant: Value,
    #[message(skip)]
    work: Once<Work>,
}

type Work = Box<dyn FnOnce(&mut Context<'_, ()>) + Send>;

impl Participant {
    /// Returns once the process' first endpoints are there.
    pub(super) fn spawn(
        mut handle: Handle,
        boot: impl FnOnce(&mut Context<'_, ()>) + Send + 'static,
    ) -> anyhow::Result<Self> {
        let name = Value::unique("participant");
        let topic = topic!(Task { participant: name.clone(), .. });
        let (alive, life) = channel();
        block_on(handle.spawn(Spawn::new((), move |(), cx| {
            boot(cx);
            cx.subscriber(topic)
                .on_settled({
                    let alive = alive.clone();
                    move |(), _, _| Ok(alive.send(())?)
                })
                .on_message(move |(), cx, task| {
                    let _alive = &alive;
                    if let Some(work) = task.work.take() {
                        work(cx);
                    }
                });
        })))?;
        life.recv_timeout(PATIENCE).context("the participant has not come up")?;
        Ok(Self { name, handle, life })
    }

    pub(crate) fn tell(
        &mut self,
        work: impl FnOnce(&mut Context<'_, ()>) + Send + 'static,
    ) -> anyhow::Result<()> {
        let work: Work = Box::new(work);
        Ok(block_on(self.handle.send(Task { participant: self.name.clone(), work: Once::new(work) }))?)
    }

    /// Has the process quit; returns once all have been told of that.
    pub(crate) fn leave(mut self) -> anyhow::Result<()> {
        self.tell(|cx| cx.quit())?;
        self.ended()
    }

    /// Returns once the process has quit and all have been told of that.
    pub(crate) fn ended(self) -> anyhow::Result<()> {
        let still_there = self.life.recv_timeout(PATIENCE).is_ok();
        anyhow::ensure!(!still_there, "a participant settles once");
        Ok(())
    }
}
