//! The high level: a process is a state with closures, and a context to ask through.

use std::fmt;
use std::mem::{self, ManuallyDrop};
use std::ops::{Deref, DerefMut};

use anyhow::{Context as _, anyhow};
use slab::Slab;

use crate::action::Task;
use crate::handlers::Handlers;
use crate::network::Network;
use crate::panic::{guarded_drop, guarded_drops};
use crate::{Action, Actions, Actor, Event, Kinds, Level, Pid, Token, Value, sparing};

/// What a closure may return: nothing, or a result whose error fails the process.
#[diagnostic::on_unimplemented(
    message = "a handler cannot return `{Self}`",
    note = "a handler returns `()` or `anyhow::Result<()>`: end its last expression with `;`, or turn the error \
            into one of anyhow's with `?`"
)]
pub trait Outcome {
    /// The result of the turn.
    ///
    /// # Errors
    ///
    /// The closure's own error.
    fn into_result(self) -> anyhow::Result<()>;
}

impl Outcome for () {
    fn into_result(self) -> anyhow::Result<()> {
        Ok(())
    }
}

impl Outcome for anyhow::Result<()> {
    fn into_result(self) -> Self {
        self
    }
}

/// The actor behind [`Spawn::new`](crate::Spawn::new).
pub(crate) struct Process<S> {
    state: S,
    boot: Option<Boot<S>>,
    pid: Option<Pid>,
    closures: Closures<S>,
}

type Boot<S> = Box<dyn FnOnce(&mut S, &mut Context<'_, S>) -> anyhow::Result<()> + Send>;

/// A closure that runs once, on the answer to a request.
pub(crate) type Continuation<S> =
    Box<dyn FnOnce(&mut S, &mut Context<'_, S>, Event<'_>) -> anyhow::Result<()> + Send>;

/// The closures of a process, by token.
pub(crate) struct Closures<S> {
    pub(crate) endpoints: Slab<Handlers<S>>,
    pub(crate) continuations: Slab<Continuation<S>>,
    /// How many endpoints there have been: tokens are used again, names must not be.
    names: u64,
}

/// What a closure asks its VM through; everything asked for happens after the turn.
///
/// What both networks offer, the one the process is in and the one around its VM, is on [`Network`]:
/// the context is the local one, [`meta`](Self::meta) gives the other.
pub struct Context<'a, S> {
    local: Network<'a, S>,
    pid: &'a Pid,
}

impl<S: Send + 'static> Process<S> {
    pub(crate) fn new<R: Outcome>(
        state: S,
        boot: impl FnOnce(&mut S, &mut Context<'_, S>) -> R + Send + 'static,
    ) -> Self {
        Self {
            state,
            boot: Some(Box::new(|state, cx| boot(state, cx).into_result())),
            pid: None,
            closures: Closures { endpoints: Slab::new(), continuations: Slab::new(), names: 0 },
        }
    }
}

impl<S: Send + 'static> Actor for Process<S> {
    fn handle(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
        // A message is borrowed, so there is nothing to drop, nor time to be spent on finding that out.
        let event = ManuallyDrop::new(event);
        if let Event::Message { token, .. } = *event {
            return self.run(token, Kinds::MESSAGE, &event, actions);
        }
        self.handle_rarer(ManuallyDrop::into_inner(event), actions)
    }
}

impl<S: Send + 'static> Process<S> {
    fn handle_rarer(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
        let Self { state, boot, pid, closures } = self;
        match event {
            Event::Boot { pid: own } => {
                let boot = boot.take().context("a process can be booted only once")?;
                boot(state, &mut Context::new(actions, closures, pid.insert(own)))
            }
            Event::Closed { token } => {
                closures.endpoints.try_remove(token.0 as usize);
                Ok(())
            }
            Event::Spawned { token, .. } | Event::Resumed { token } | Event::Completed { token, .. } => {
                let continuation = closures.continuations.try_remove(token.0 as usize);
                let continuation = continuation.ok_or_else(|| anyhow!("no continuation awaits {event:?}"))?;
                let pid = pid.as_ref().context(UNBOOTED)?;
                continuation(state, &mut Context::new(actions, closures, pid), event)
            }
            Event::Presence { token, .. }
            | Event::Absence { token, .. }
            | Event::Message { token, .. }
            | Event::Settled { token, .. } => self.run(token, Kinds::of(&event), &event, actions),
        }
    }

    /// Runs the closures of an endpoint.
    #[inline(always)]
    fn run(
        &mut self,
        token: Token,
        kind: Kinds,
        event: &Event<'_>,
        actions: &mut Actions,
    ) -> anyhow::Result<()> {
        let Self { state, pid, closures, .. } = self;
        let pid = pid.as_ref().context(UNBOOTED)?;
        let place = token.0 as usize;
        // A closure may add endpoints, so the table must be free while it runs.
        let Some(handlers) = closures.endpoints.get_mut(place) else { return Ok(()) };
        let mut handlers = mem::take(handlers);
        let outcome =
            handlers.run(kind, |closure| closure(state, &mut Context::new(actions, closures, pid), event));
        if let Some(place) = closures.endpoints.get_mut(place) {
            // Nothing has come there meanwhile.
            mem::forget(mem::replace(place, handlers));
        }
        outcome
    }
}

const UNBOOTED: &str = "a process must be booted first";

impl<'a, S: 'static> Context<'a, S> {
    fn new(actions: &'a mut Actions, closures: &'a mut Closures<S>, pid: &'a Pid) -> Self {
        Self { local: Network::new(Level::Local, actions, closures), pid }
    }

    /// The process' own Pid.
    #[must_use]
    pub const fn pid(&self) -> &Pid {
        self.pid
    }

    /// The network around the VM. The ground has none: to use it there fails the turn.
    ///
    /// # Examples
    ///
    /// A process in a nested VM that listens outside and speaks inside:
    ///
    /// ```
    /// # use marketplace_core::{Ground, Message, Spawn, topic};
    /// # #[derive(Debug, Message)]
    /// # struct Word(&'static str);
    /// # fn main() -> anyhow::Result<()> {
    /// let relay = Spawn::new((), |(), cx| {
    ///     cx.meta().subscriber(topic!(Word(_))).on_message(|(), cx, word| cx.send(Word(word.0)));
    /// });
    /// let listener = Spawn::new((), |(), cx| {
    ///     cx.subscriber(topic!(Word(_))).on_message(|(), cx, _| cx.meta().quit());
    /// });
    /// let speaker = Spawn::new((), |(), cx| {
    ///     cx.publisher(topic!(Word(_))).on_presence(|(), cx, _relay| cx.send(Word("hello")));
    /// });
    /// let program = Ground::new().spawn(speaker).main(Spawn::nested([relay, listener]));
    /// futures::executor::block_on(program.run())?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn meta(&mut self) -> Network<'_, S> {
        self.local.at(Level::Meta)
    }

    /// Ends the process in the normal course of things, after this turn.
    pub fn quit(&mut self) {
        self.local.quit();
    }

    /// Goes on in a turn of the next round, so that others come in between (rule S13).
    ///
    /// # Examples
    ///
    /// ```
    /// use marketplace_core::{Context, Ground, Spawn};
    ///
    /// /// Counts down, a step a turn.
    /// fn count_down(cx: &mut Context<'_, ()>, from: u32) {
    ///     if from > 0 {
    ///         cx.yield_then(move |(), cx| count_down(cx, from - 1));
    ///     }
    /// }
    ///
    /// # fn main() -> anyhow::Result<()> {
    /// let counter = Spawn::new((), |(), cx| count_down(cx, 1_000));
    /// futures::executor::block_on(Ground::new().spawn(counter).run())?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn yield_then<R: Outcome>(
        &mut self,
        then: impl FnOnce(&mut S, &mut Context<'_, S>) -> R + Send + 'static,
    ) {
        let token = self.local.continuation(Box::new(|state, cx, _| then(state, cx).into_result()));
        self.local.actions().push(Action::Yield(token));
    }

    /// Has a future polled by the ground, and takes its output in a turn of its own.
    ///
    /// The future is dropped when the process goes, or a VM around it. If it panics, the process fails.
    ///
    /// # Examples
    ///
    /// ```
    /// use marketplace_core::{Ground, Spawn};
    ///
    /// async fn look_up(_name: &str) -> anyhow::Result<u16> {
    ///     Ok(80)
    /// }
    ///
    /// # fn main() -> anyhow::Result<()> {
    /// let asker = Spawn::new(None, |_, cx| {
    ///     cx.perform(look_up("http"), |port, _, found| {
    ///         *port = Some(found?);
    ///         Ok(())
    ///     });
    /// });
    /// futures::executor::block_on(Ground::new().spawn(asker).run())?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn perform<T, R>(
        &mut self,
        future: impl Future<Output = T> + Send + 'static,
        then: impl FnOnce(&mut S, &mut Context<'_, S>, T) -> R + Send + 'static,
    ) where
        T: Send + 'static,
        R: Outcome,
    {
        let token = self.local.continuation(Box::new(|state, cx, event| {
            let Event::Completed { outcome, .. } = event else {
                return Err(anyhow!("not a completion: {event:?}"));
            };
            let output = outcome?.downcast().map_err(|_| anyhow!("the output is of another type"))?;
            then(state, cx, output).into_result()
        }));
        self.local.actions().push(Action::Perform(token, Task::new(future)));
    }
}

impl<'a, S> Deref for Context<'a, S> {
    type Target = Network<'a, S>;

    fn deref(&self) -> &Self::Target {
        &self.local
    }
}

impl<S> DerefMut for Context<'_, S> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.local
    }
}

impl<S> fmt::Debug for Context<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("pid", self.pid).finish_non_exhaustive()
    }
}

impl<S> Drop for Process<S> {
    fn drop(&mut self) {
        // Apart from the state: two panics at once would be the end of everything.
        guarded_drop(self.boot.take(), "a process that never booted");
    }
}

impl<S> Drop for Closures<S> {
    fn drop(&mut self) {
        guarded_drops(self.continuations.drain(), "a continuation");
    }
}

impl<S> Closures<S> {
    /// A place for an endpoint's closures, and a name for it that no other endpoint has had.
    pub(crate) fn endpoint(&mut self) -> (Value, Token) {
        self.names += 1;
        let place = sparing::insert(&mut self.endpoints, Handlers::default());
        (Value::anonymous(self.names), Token(place as u64))
    }
}
