//! A thread, and what it does: it makes a ground, waits for the others, and runs it.

use std::any::Any;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, JoinHandle};

use anyhow::anyhow;
use marketplace_core::{Ground, Pattern, Spawn, Stopping, topic};
use tracing::error_span;

use crate::news::News;

/// A ground as it runs: what a thread is to block on.
pub type Program = Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>>;

/// What a thread is to do.
pub(crate) struct Task<B> {
    pub(crate) index: usize,
    pub(crate) recipe: Arc<dyn Fn(usize) -> anyhow::Result<Ground> + Send + Sync>,
    pub(crate) block_on: Arc<B>,
}

/// A thread that has been started.
pub(crate) struct Thread {
    work: JoinHandle<anyhow::Result<()>>,
    /// Has it run its ground. If it is dropped instead, no ground runs.
    go: Sender<()>,
}

/// Tells of the end of a thread, however it comes about.
struct Ending {
    index: usize,
    news: Sender<News>,
}

impl Thread {
    pub(crate) fn start<B>(name: String, task: Task<B>, news: Sender<News>) -> io::Result<Self>
    where
        B: Fn(Program) -> anyhow::Result<()> + Send + Sync + 'static,
    {
        let (go, told) = channel();
        let work = Builder::new().name(name).spawn(move || {
            let _ending = Ending { index: task.index, news: news.clone() };
            task.work(&news, &told)
        })?;
        Ok(Self { work, go })
    }

    /// Has the thread run its ground.
    pub(crate) fn go(&self) {
        // One that has ended by itself is told of by its end.
        let _ended = self.go.send(());
    }

    /// Waits for the thread's end: that of its ground.
    pub(crate) fn join(self) -> anyhow::Result<()> {
        drop(self.go);
        self.work.join().unwrap_or_else(|payload| Err(panic_error(&*payload)))
    }
}

impl<B: Fn(Program) -> anyhow::Result<()>> Task<B> {
    fn work(&self, news: &Sender<News>, go: &Receiver<()>) -> anyhow::Result<()> {
        // What is logged on this thread says which ground it is of.
        let _span = error_span!("ground", number = self.index).entered();
        let ground = (self.recipe)(self.index)?;
        // Nobody hears it if the others have been given up.
        let _unheard = news.send(News::Made(self.index, ground.handle().weak()));
        match go.recv() {
            Ok(()) => (self.block_on)(Box::pin(ground.spawn(watcher(news.clone())).run())),
            Err(_) => Ok(()),
        }
    }
}

/// Tells when its ground is asked to stop. (One whose main process has left stops too, without a deadline.)
fn watcher(news: Sender<News>) -> Spawn {
    Spawn::new((), |(), cx| {
        cx.observe_publishers(topic!(Stopping { .. })).on_presence(move |(), _, stopping| {
            if let Some(Stopping { deadline: Some(deadline) }) = stopping.conversation.value() {
                let _unheard = news.send(News::Stopping(deadline));
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
        let _unheard = self.news.send(News::Ended(self.index));
    }
}
