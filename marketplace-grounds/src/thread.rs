//! The thread of one ground: it makes the ground, waits until all others are made, and runs it.

use std::any::Any;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, JoinHandle};

use anyhow::anyhow;
use marketplace_core::{Ground, Pattern, Spawn, Stopping, topic};
use tracing::error_span;

use crate::notice::Notice;

/// The future of a running ground, on which its thread blocks; see [`Grounds::start`](crate::Grounds::start).
pub type Program = Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>>;

/// The work of a thread.
pub(crate) struct Task<B> {
    pub(crate) index: usize,
    pub(crate) recipe: Arc<dyn Fn(usize) -> anyhow::Result<Ground> + Send + Sync>,
    pub(crate) block_on: Arc<B>,
}

/// A thread that has been started.
pub(crate) struct Thread {
    work: JoinHandle<anyhow::Result<()>>,
    /// Sending makes the thread run its ground. Dropping it makes the thread end without running it.
    go: Sender<()>,
}

/// Reports the end of a thread when dropped, so a panic is reported too.
struct Ending {
    index: usize,
    notices: Sender<Notice>,
}

impl Thread {
    pub(crate) fn start<B>(name: String, task: Task<B>, notices: Sender<Notice>) -> io::Result<Self>
    where
        B: Fn(Program) -> anyhow::Result<()> + Send + Sync + 'static,
    {
        let (go, told) = channel();
        let work = Builder::new().name(name).spawn(move || {
            let _ending = Ending { index: task.index, notices: notices.clone() };
            task.work(&notices, &told)
        })?;
        Ok(Self { work, go })
    }

    /// Makes the thread run its ground.
    pub(crate) fn go(&self) {
        // A thread that has ended already has reported that.
        let _ended = self.go.send(());
    }

    /// Waits until the thread has ended, and returns how its ground ended.
    pub(crate) fn join(self) -> anyhow::Result<()> {
        drop(self.go);
        self.work.join().unwrap_or_else(|payload| Err(panic_error(&*payload)))
    }
}

impl<B: Fn(Program) -> anyhow::Result<()>> Task<B> {
    fn work(&self, notices: &Sender<Notice>, go: &Receiver<()>) -> anyhow::Result<()> {
        // Log lines of this thread carry the number of the ground.
        let _span = error_span!("ground", number = self.index).entered();
        let ground = (self.recipe)(self.index)?;
        // Nobody receives this if another ground could not be made.
        let _ignored = notices.send(Notice::Made(self.index, ground.handle().weak()));
        match go.recv() {
            Ok(()) => (self.block_on)(Box::pin(ground.spawn(watcher(notices.clone())).run())),
            Err(_) => Ok(()),
        }
    }
}

/// Reports when its ground is asked to stop. (A ground whose main process has ended stops too, but without a deadline.)
fn watcher(notices: Sender<Notice>) -> Spawn {
    Spawn::new((), |(), cx| {
        cx.observe_publishers(topic!(Stopping { .. })).on_presence(move |(), _, stopping| {
            if let Some(Stopping { deadline: Some(deadline) }) = stopping.conversation.value() {
                let _ignored = notices.send(Notice::Stopping(deadline));
            }
        });
    })
    .named("grounds")
}

fn panic_error(payload: &(dyn Any + Send)) -> anyhow::Error {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    anyhow!("panic: {}", text.unwrap_or("no message"))
}

impl Drop for Ending {
    fn drop(&mut self) {
        let _ignored = self.notices.send(Notice::Ended(self.index));
    }
}
