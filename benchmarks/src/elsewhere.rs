//! A process on a thread of its own: an experiment that shows what this costs a nested VM, and what it gains.
//!
//! A VM and its container exchange only events and actions, so channels can carry both. [`Elsewhere`] is the process in
//! the container: it passes its events to the thread, and emits the actions that come back as its own. [`There`] is the
//! thread, which runs the actor. Names and tokens pass unchanged.
//!
//! The end needs no message: when the process ends, for whatever reason, its ends of the channels are dropped, and the
//! thread ends. While the thread has something to do, the process awaits a future, so that neither the process nor the
//! program ends. When the thread has nothing to do, the process has nothing but its endpoints, like an ordinary nested
//! VM.
//!
//! The channel from the thread to the container is bounded: the thread waits until the container has received its
//! actions. The channel to the thread cannot be bounded, since a handler must not block. The events that wait in it are
//! reported as pending, so that the ground accepts no more data from outside (rule S16). But what other processes send
//! is not bounded. To bound it, a VM would have to postpone the actions of the processes that send to a process that
//! lags behind.

use std::mem;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread;

use anyhow::{Context, anyhow};
use futures::channel::mpsc;
use futures::executor::block_on;
use futures::stream::ReadyChunks;
use futures::{SinkExt, StreamExt};
use marketplace_core::{
    Action, Actions, Actor, Event, Load, NetworkAction, Output, OwnedEvent, Reason, Task, Token,
};

/// The name of the threads.
pub(crate) const THREAD: &str = "elsewhere";

/// Runs a nested VM, or another actor, on a thread of its own; for `Spawn::wrap`.
pub(crate) struct Elsewhere {
    /// The thread, until it is started.
    there: Option<There>,
    events: Sender<OwnedEvent>,
    /// `None` while a future awaits the next batch.
    batches: Option<Batches>,
    /// How many events the thread has not acknowledged.
    unanswered: usize,
    /// What the thread still had to do, by its last batch.
    left: Left,
}

type Batches = ReadyChunks<mpsc::Receiver<Batch>>;

/// The token of the future that awaits batches. The actor's own tokens count up from 0.
const BATCHES: Token = Token(u64::MAX);

/// How many batches may wait for the container, and after how many events a batch is sent.
const WAITING: usize = 8;
const MOST: usize = 64;

/// The actor's actions, and how many events it has handled since the last batch.
#[derive(Default)]
struct Batch {
    actions: Vec<Action>,
    events: usize,
    left: Left,
    /// Whether the actor quits. If so, it takes no more turns.
    is_last: bool,
}

/// What is left to do without a further event.
#[derive(Clone, Copy, Default)]
struct Left {
    yields: usize,
    pending: usize,
}

impl Elsewhere {
    pub(crate) fn new(actor: Box<dyn Actor>) -> Self {
        let (events, told) = channel();
        let (asked, batches) = mpsc::channel(WAITING);
        let there = There { actor, actions: Actions::new(true), yields: Vec::new(), events: told, asked };
        let batches = Some(batches.ready_chunks(WAITING));
        Self { there: Some(there), events, batches, unanswered: 0, left: Left::default() }
    }

    fn take(&mut self, outcome: Result<Output, Reason>, actions: &mut Actions) -> anyhow::Result<()> {
        let output = outcome?.downcast::<(Option<Vec<Batch>>, Batches)>();
        let (taken, batches) = output.map_err(|output| anyhow!("not what was awaited: {output:?}"))?;
        self.batches = Some(batches);
        for batch in taken.context("the thread of a process has panicked")? {
            self.unanswered -= batch.events;
            self.left = batch.left;
            batch.actions.into_iter().for_each(|action| actions.push(action));
        }
        Ok(())
    }

    /// Awaits a batch, but only if there will be one: otherwise the container would wait for ever.
    fn listen(&mut self, actions: &mut Actions) {
        actions.report(Load { turns: 0, pending: self.unanswered + self.left.pending });
        if self.unanswered + self.left.yields > 0
            && let Some(batches) = self.batches.take()
        {
            actions.push(Action::Perform(BATCHES, Task::new(batches.into_future())));
        }
    }
}

impl Actor for Elsewhere {
    fn handle(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
        if let Some(there) = self.there.take() {
            thread::Builder::new().name(THREAD.into()).spawn(|| there.run())?;
        }
        match event {
            Event::Completed { token: BATCHES, outcome } => self.take(outcome, actions)?,
            event => {
                self.unanswered += 1;
                // If the thread has ended, its last batch contains the reason.
                let _ = self.events.send(event.into_owned());
            }
        }
        self.listen(actions);
        Ok(())
    }
}

/// The thread.
struct There {
    actor: Box<dyn Actor>,
    actions: Actions,
    /// The actor's own yields, which this thread resumes itself.
    yields: Vec<Token>,
    events: Receiver<OwnedEvent>,
    asked: mpsc::Sender<Batch>,
}

impl There {
    /// Runs until the process has ended, or the actor quits.
    fn run(mut self) {
        let mut goes_on = true;
        while goes_on && let Some(batch) = self.work() {
            goes_on = !batch.is_last;
            let is_news = !batch.actions.is_empty() || batch.events > 0 || batch.left.yields == 0;
            goes_on &= !is_news || block_on(self.asked.send(batch)).is_ok();
        }
    }

    /// Resumes the yields and handles the events that have arrived, or waits for one if there are no yields. Returns
    /// `None` once the process has ended.
    fn work(&mut self) -> Option<Batch> {
        let mut batch = Batch::default();
        if self.yields.is_empty() {
            self.hear(self.events.recv().ok()?, &mut batch);
        }
        for token in mem::take(&mut self.yields) {
            self.turn(Event::Resumed { token }.into_owned(), &mut batch);
        }
        while batch.events < MOST && !batch.is_last {
            match self.events.try_recv() {
                Ok(told) => self.hear(told, &mut batch),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => return None,
            }
        }
        batch.left = Left { yields: self.yields.len(), pending: self.actions.load().pending };
        Some(batch)
    }

    fn hear(&mut self, told: OwnedEvent, batch: &mut Batch) {
        batch.events += 1;
        self.turn(told, batch);
    }

    /// Runs one turn. If it fails, the actor quits with the error. The actions of earlier turns are kept.
    fn turn(&mut self, told: OwnedEvent, batch: &mut Batch) {
        let outcome = told.with(|event| self.actor.handle(event, &mut self.actions));
        let fault = self.actions.take_error();
        let mut asked = self.actions.take();
        if let Some(error) = outcome.err().or(fault) {
            asked = vec![Action::Local(NetworkAction::Quit { pid: None, reason: Reason::error(error) })];
        }
        for action in asked {
            batch.is_last |= matches!(action, Action::Local(NetworkAction::Quit { pid: None, .. }));
            match action {
                Action::Yield(token) => self.yields.push(token),
                action => batch.actions.push(action),
            }
        }
    }
}

#[cfg(test)]
mod tests;
