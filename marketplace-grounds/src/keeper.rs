//! The keeper of the grounds: it starts them together, and stops all of them when one is asked to stop or has failed.

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

use crate::notice::{Notice, deadline};
use crate::thread::{Program, Task, Thread};

pub(crate) struct Keeper {
    /// How long the others may take to finish after one has failed.
    grace: Duration,
    notices: Receiver<Notice>,
    sender: Sender<Notice>,
    /// The threads that have not ended, by the number of their ground.
    threads: BTreeMap<usize, Thread>,
    /// Weak handles to all grounds, in order.
    handles: Vec<Handle>,
    /// When the rest is dropped, if a stop was requested.
    deadline: Option<Instant>,
    /// One for each stop of a ground: dropping it tells the ground that the deadline has passed.
    clocks: Vec<oneshot::Sender<()>>,
    /// The first error.
    outcome: anyhow::Result<()>,
}

impl Keeper {
    /// A keeper without threads, and the sender of notices to it.
    pub(crate) fn new(grace: Duration) -> (Self, Sender<Notice>) {
        let (sender, notices) = channel();
        let keeper = Self {
            grace,
            notices,
            sender: sender.clone(),
            threads: BTreeMap::new(),
            handles: Vec::new(),
            deadline: None,
            clocks: Vec::new(),
            outcome: Ok(()),
        };
        (keeper, sender)
    }

    /// Starts the thread of a ground, which makes the ground.
    pub(crate) fn add<B>(&mut self, name: String, task: Task<B>) -> anyhow::Result<()>
    where
        B: Fn(Program) -> anyhow::Result<()> + Send + Sync + 'static,
    {
        let index = task.index;
        let thread = Thread::start(name, task, self.sender.clone());
        self.threads
            .insert(index, thread.with_context(|| format!("cannot start the thread of ground {index}"))?);
        Ok(())
    }

    /// Waits until all grounds are made, and returns their handles. The threads then wait for [`keep`](Self::keep).
    ///
    /// If a ground cannot be made, this ends all threads and returns the error.
    pub(crate) fn wait(&mut self) -> anyhow::Result<Vec<Handle>> {
        let mut handles = BTreeMap::new();
        while handles.len() < self.threads.len() {
            match self.notices.recv()? {
                Notice::Made(index, handle) => _ = handles.insert(index, handle),
                Notice::Ended(index) => {
                    self.end(index);
                    while let Some(index) = self.threads.keys().next().copied() {
                        self.end(index);
                    }
                    mem::replace(&mut self.outcome, Ok(()))?;
                }
                // Nothing runs yet.
                Notice::Stopping(_) => {}
            }
        }
        self.handles = handles.into_values().collect();
        Ok(self.handles.clone())
    }

    /// Runs the grounds, waits until all have ended, and returns the first error.
    pub(crate) fn keep(mut self) -> anyhow::Result<()> {
        self.threads.values().for_each(Thread::go);
        while !self.threads.is_empty() {
            match self.next() {
                Some(Notice::Stopping(deadline)) => self.stop(deadline),
                Some(Notice::Ended(index)) => self.end(index),
                Some(Notice::Made(..)) => {}
                None => {
                    info!("the deadline of the stop has passed");
                    self.deadline = None;
                    self.clocks.clear();
                }
            }
        }
        self.outcome
    }

    /// The next notice, or `None` if the deadline passes first.
    fn next(&self) -> Option<Notice> {
        match self.deadline {
            // This never fails: the keeper has a sender itself.
            None => self.notices.recv().ok(),
            Some(deadline) => {
                self.notices.recv_timeout(deadline.saturating_duration_since(Instant::now())).ok()
            }
        }
    }

    /// Asks all grounds to stop. If there are several deadlines, the earliest counts.
    fn stop(&mut self, deadline: Instant) {
        if self.deadline.is_some_and(|earlier| earlier <= deadline) {
            return;
        }
        debug!("stopping all grounds");
        self.deadline = Some(deadline);
        for handle in &mut self.handles {
            let (clock, expired) = oneshot::channel();
            self.clocks.push(clock);
            // A ground that has ended already cannot be asked.
            let _ended = block_on(handle.stop(deadline, expired.map(|_: Result<(), _>| ())));
        }
    }

    /// Records how a ground has ended.
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
            error!("{} (another ground had failed before)", shown(&error));
        }
    }
}

/// A user's error as text for the log, even if its `Display` panics.
fn shown(error: &anyhow::Error) -> String {
    catch_unwind(AssertUnwindSafe(|| format!("{error:#}")))
        .unwrap_or_else(|_| "a ground has failed with an error whose `Display` panics".to_owned())
}
