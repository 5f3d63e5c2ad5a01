//! A process on a thread of its own: a trial of what that costs a nested VM, and what it gains.
//!
//! A VM speaks with its container by events and actions alone, so both can go through channels. [`Elsewhere`] is
//! the process in the container: it passes events on, and asks for what comes back in its own name. [`There`] is
//! the thread, which runs the actor by hand. Names and tokens pass unchanged.
//!
//! The end needs no word: when the process goes, for whatever reason, its end of the channels is dropped, and the
//! thread ends. As long as the thread has something to do the process awaits a future, so that neither it nor the
//! program is over; when it has not, the process has nothing but its endpoints, as a VM in place.
//!
//! Outward the channel is bounded: the thread waits until the container has taken what it asks. Inward it cannot
//! be, since a handler must not block. What waits there is reported as pending, so that the ground takes no more
//! data from outside (rule S16); but what other processes send has no bound. For that a VM would have to leave
//! alone, for a while, the actions of those who send to a process that is behind.

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

/// The threads' name.
pub(crate) const THREAD: &str = "elsewhere";

/// Runs a nested VM, or another actor, on a thread of its own; for `Spawn::wrap`.
pub(crate) struct Elsewhere {
    /// The thread, before it has begun.
    there: Option<There>,
    events: Sender<OwnedEvent>,
    /// Not here while a future awaits the next.
    batches: Option<Batches>,
    /// How many events the thread has not answered for.
    unanswered: usize,
    /// What the thread said last of what it has left to do.
    left: Left,
}

type Batches = ReadyChunks<mpsc::Receiver<Batch>>;

/// The token of the future that awaits batches: the actor's own count up from 0.
const BATCHES: Token = Token(u64::MAX);

/// How many batches may wait for the container, and after how many events one is sent.
const WAITING: usize = 8;
const MOST: usize = 64;

/// What the actor asks for, and how many events it has taken since it asked last.
#[derive(Default)]
struct Batch {
    actions: Vec<Action>,
    events: usize,
    left: Left,
    /// Whether the actor quits: then it takes no more turns.
    is_last: bool,
}

/// What is left to do without any event.
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

    /// Awaits a batch if there will be one, and only then: the container would else await it for ever.
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
                // If the thread has ended, what it said last tells why.
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
    /// The actor's own yields: they are answered here.
    yields: Vec<Token>,
    events: Receiver<OwnedEvent>,
    asked: mpsc::Sender<Batch>,
}

impl There {
    /// Runs until the process has gone, or the actor quits.
    fn run(mut self) {
        let mut goes_on = true;
        while goes_on && let Some(batch) = self.work() {
            goes_on = !batch.is_last;
            let is_news = !batch.actions.is_empty() || batch.events > 0 || batch.left.yields == 0;
            goes_on &= !is_news || block_on(self.asked.send(batch)).is_ok();
        }
    }

    /// Answers the yields and takes what events there are, or waits for one; nothing once the process has gone.
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

    /// A failure quits with the error, which keeps what earlier turns asked for.
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
