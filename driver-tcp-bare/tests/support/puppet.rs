//! A process that does what its test tells it.

use std::convert::Infallible;

use anyhow::Context as _;
use async_std::task::block_on;
use marketplace_core::{Context, Handle, Message, Once, Outcome, Spawn, Value, topic};

use super::{Reports, reports};

/// A test's hold on a process at the ground that does as it is told.
pub(crate) struct Puppet {
    name: Value,
    handle: Handle,
    /// Nothing is reported but that there is nobody left to report.
    life: Reports<Infallible>,
}

/// Something for a puppet to do.
#[derive(Debug, Message)]
struct Task {
    puppet: Value,
    #[message(skip)]
    work: Once<Work>,
}

type Work = Box<dyn FnOnce(&mut Context<'_, ()>) -> anyhow::Result<()> + Send>;

impl Puppet {
    /// Returns once the process' first endpoints are there.
    pub(crate) fn spawn(
        mut handle: Handle,
        boot: impl FnOnce(&mut Context<'_, ()>) + Send + 'static,
    ) -> anyhow::Result<Self> {
        let name = Value::unique("puppet");
        let topic = topic!(Task { puppet: name.clone(), .. });
        let ((booted, is_booted), (alive, life)) = (reports(), reports());
        let spawn = Spawn::new((), move |(), cx| {
            boot(cx);
            cx.subscriber(topic)
                .on_message(move |(), cx, task| {
                    let _alive = &alive;
                    task.work.take().context("a task is done once")?(cx)
                })
                .on_settled(move |(), _, _| booted.report(()));
        });
        block_on(handle.spawn(spawn))?;
        is_booted.next()?;
        Ok(Self { name, handle, life })
    }

    /// Has the process do something, in a turn of its own.
    pub(crate) fn tell<R: Outcome>(
        &mut self,
        work: impl FnOnce(&mut Context<'_, ()>) -> R + Send + 'static,
    ) -> anyhow::Result<()> {
        let work: Work = Box::new(|cx| work(cx).into_result());
        block_on(self.handle.send(Task { puppet: self.name.clone(), work: Once::new(work) }))?;
        Ok(())
    }

    /// Has the process quit; returns once all have been told of that.
    pub(crate) fn quit(&mut self) -> anyhow::Result<()> {
        self.tell(|cx| cx.quit())?;
        self.is_gone()
    }

    /// Waits until the process is gone and all have been told of that.
    pub(crate) fn is_gone(&self) -> anyhow::Result<()> {
        self.life.wait_for_end()
    }
}
