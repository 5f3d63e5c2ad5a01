//! Who keeps the grounds together: it has them begin together, and stops all of them when one is to stop or has failed.

use std::collections::BTreeMap;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures::FutureExt;
use futures::channel::oneshot;
use futures::executor::block_on;
use marketplace_core::Handle;
use tracing::{debug, error, info};

use crate::news::{News, deadline};
use crate::thread::{Program, Task, Thread};

pub(crate) struct Keeper {
    /// How long the others have once one has failed.
    grace: Duration,
    news: Receiver<News>,
    teller: Sender<News>,
    /// Those that have not ended.
    threads: BTreeMap<usize, Thread>,
    /// Of all grounds, in order; weak ones.
    handles: Vec<Handle>,
    /// When what is left is to be dropped, if a stop has been asked for.
    deadline: Option<Instant>,
    /// Each, as it is dropped, tells a ground that the deadline has passed.
    clocks: Vec<oneshot::Sender<()>>,
    /// The first error.
    outcome: anyhow::Result<()>,
}

impl Keeper {
    /// One that has no threads yet, and what tells it news.
    pub(crate) fn new(grace: Duration) -> (Self, Sender<News>) {
        let (teller, news) = channel();
        let keeper = Self {
            grace,
            news,
            teller: teller.clone(),
            threads: BTreeMap::new(),
            handles: Vec::new(),
            deadline: None,
            clocks: Vec::new(),
            outcome: Ok(()),
        };
        (keeper, teller)
    }

    /// Starts a thread, which makes its ground.
    pub(crate) fn add<B>(&mut self, name: String, task: Task<B>) -> anyhow::Result<()>
    where
        B: Fn(Program) -> anyhow::Result<()> + Send + Sync + 'static,
    {
        let index = task.index;
        let thread = Thread::start(name, task, self.teller.clone());
        self.threads.insert(index, thread.with_context(|| format!("no thread for ground {index}"))?);
        Ok(())
    }

    /// Waits until all grounds are made, which then wait for [`keep`](Self::keep); their handles.
    ///
    /// If one cannot be made, all threads have ended.
    pub(crate) fn wait(&mut self) -> anyhow::Result<Vec<Handle>> {
        let mut handles = BTreeMap::new();
        while handles.len() < self.threads.len() {
            match self.news.recv()? {
                News::Made(index, handle) => _ = handles.insert(index, handle),
                News::Ended(index) => {
                    self.end(index);
                    while let Some(index) = self.threads.keys().next().copied() {
                        self.end(index);
                    }
                    mem::replace(&mut self.outcome, Ok(()))?;
                }
                // Nothing runs yet.
                News::Stopping(_) => {}
            }
        }
        self.handles = handles.into_values().collect();
        Ok(self.handles.clone())
    }

    /// Has the grounds run, and waits until all have ended: the first error.
    pub(crate) fn keep(mut self) -> anyhow::Result<()> {
        self.threads.values().for_each(Thread::go);
        while !self.threads.is_empty() {
            match self.next() {
                Some(News::Stopping(deadline)) => self.stop(deadline),
                Some(News::Ended(index)) => self.end(index),
                Some(News::Made(..)) => {}
                None => {
                    info!("the time to finish is over");
                    self.deadline = None;
                    self.clocks.clear();
                }
            }
        }
        self.outcome
    }

    /// The next thing that is told; nothing, if the deadline passes before that.
    fn next(&self) -> Option<News> {
        match self.deadline {
            // There is always somebody who may tell: the keeper itself.
            None => self.news.recv().ok(),
            Some(deadline) => self.news.recv_timeout(deadline.saturating_duration_since(Instant::now())).ok(),
        }
    }

    /// Asks all grounds to stop. Of several deadlines the first counts.
    fn stop(&mut self, deadline: Instant) {
        if self.deadline.is_some_and(|earlier| earlier <= deadline) {
            return;
        }
        debug!("all grounds are to stop");
        self.deadline = Some(deadline);
        for handle in &mut self.handles {
            let (clock, expired) = oneshot::channel();
            self.clocks.push(clock);
            // One that has ended already need not be asked.
            let _ended = block_on(handle.stop(deadline, expired.map(|_: Result<(), _>| ())));
        }
    }

    /// Takes note of how a ground has ended.
    fn end(&mut self, index: usize) {
        let Some(thread) = self.threads.remove(&index) else { return };
        let Err(error) = thread.join() else {
            return debug!(ground = index, "ended");
        };
        let error = error.context(format!("ground {index} has failed"));
        if self.outcome.is_ok() {
            self.outcome = Err(error);
            self.stop(deadline(self.grace));
        } else {
            error!("{}, after another", shown(&error));
        }
    }
}

/// An error of a user's for the log, also where it panics as it is shown.
fn shown(error: &anyhow::Error) -> String {
    catch_unwind(AssertUnwindSafe(|| format!("{error:#}")))
        .unwrap_or_else(|_| "a ground has failed by an error that cannot be shown".to_owned())
}
