//! What closures get to see and to ask through, and where they are kept.
//!
//! A closure takes a [`Context`], which leads to where further closures are put: these types name each other,
//! so they are in one file, below all that uses them.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use anyhow::anyhow;
use futures::future::{AbortHandle, Abortable, Aborted};
use slab::Slab;

use crate::handler_result::HandlerResult;
use crate::handlers::Handlers;
use crate::panic::guarded_drops;
use crate::{Action, Actions, Event, Level, Pid, Reason, Task, TaskContext, Token, Value, compact};

/// What a closure asks its VM through; everything asked for happens after the turn.
///
/// What both networks offer, the one the process is in and the one around its VM, is on [`Network`]:
/// the context is the local one, [`meta`](Self::meta) gives the other.
pub struct Context<'a, S> {
    local: Network<'a, S>,
    pid: &'a Pid,
}

/// A network that a process can speak to, the one it is in or the one around its VM.
///
/// The six methods that make endpoints take effect by themselves, and hand back an [`Endpoint`](crate::Endpoint)
/// to fill in its handlers.
pub struct Network<'a, S> {
    pub(crate) level: Level,
    pub(crate) actions: &'a mut Actions,
    pub(crate) closures: &'a mut Closures<S>,
}

/// A closure of an endpoint.
pub(crate) type Closure<S> =
    Box<dyn FnMut(&mut S, &mut Context<'_, S>, &Event<'_>) -> anyhow::Result<()> + Send>;

/// A closure that runs once, on the answer to a request.
pub(crate) type Continuation<S> =
    Box<dyn FnOnce(&mut S, &mut Context<'_, S>, Event<'_>) -> anyhow::Result<()> + Send>;

/// The closures of a process, by token.
pub(crate) struct Closures<S> {
    pub(crate) endpoints: Slab<Handlers<Closure<S>>>,
    pub(crate) continuations: Slab<Continuation<S>>,
    /// How many names have been given to endpoints and asks: tokens are used again, names must not be.
    names: u64,
}

impl<'a, S: 'static> Context<'a, S> {
    pub(crate) const fn new(actions: &'a mut Actions, closures: &'a mut Closures<S>, pid: &'a Pid) -> Self {
        Self { local: Network { level: Level::Local, actions, closures }, pid }
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
        self.at(Level::Meta)
    }

    /// The network of that level.
    pub(crate) fn at(&mut self, level: Level) -> Network<'_, S> {
        let Network { actions, closures, .. } = &mut self.local;
        Network { level, actions, closures }
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
    pub fn yield_then<R: HandlerResult>(
        &mut self,
        then: impl FnOnce(&mut S, &mut Context<'_, S>) -> R + Send + 'static,
    ) {
        let token = self.local.closures.continuation(Box::new(|state, cx, _| then(state, cx).into_result()));
        self.local.actions.push(Action::Yield(token));
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
        R: HandlerResult,
    {
        self.perform_task(Task::new(future), then);
    }

    /// Has a future polled that is made where it is known what the world around the ground offers: a way to wait, say.
    ///
    /// Otherwise as [`perform`](Self::perform).
    pub fn perform_with<F, R>(
        &mut self,
        make: impl FnOnce(&TaskContext) -> F + Send + 'static,
        then: impl FnOnce(&mut S, &mut Context<'_, S>, F::Output) -> R + Send + 'static,
    ) where
        F: Future<Output: Send + 'static> + Send + 'static,
        R: HandlerResult,
    {
        self.perform_task(Task::with(make), then);
    }

    /// Goes on in a turn after some time, unless it is called off by the handle that this returns.
    ///
    /// If the ground has no way to wait, the process fails; see [`Ground::with_sleep`](crate::Ground::with_sleep).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use marketplace_core::{Ground, Spawn};
    ///
    /// # fn main() -> anyhow::Result<()> {
    /// let patient = Spawn::new((), |(), cx| {
    ///     cx.sleep_then(Duration::from_millis(10), |(), _| println!("ten milliseconds later"));
    /// });
    /// let program = Ground::new().with_sleep(futures_timer::Delay::new).spawn(patient);
    /// futures::executor::block_on(program.run())?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn sleep_then<R: HandlerResult>(
        &mut self,
        duration: Duration,
        then: impl FnOnce(&mut S, &mut Context<'_, S>) -> R + Send + 'static,
    ) -> AbortHandle {
        let (handle, registration) = AbortHandle::new_pair();
        self.perform_with(
            move |outside| Abortable::new(outside.sleep(duration), registration),
            move |state, cx, slept| match slept {
                Ok(slept) => slept.and_then(|()| then(state, cx).into_result()),
                Err(Aborted) => Ok(()),
            },
        );
        handle
    }

    /// Says that this process, a supervisor, has put another process in the place of its child of this name, which had
    /// left for this reason: it is counted as a restart.
    pub fn trace_restart(&mut self, child: &str, reason: &Reason) {
        self.local.actions.trace_restart(self.pid, child, reason);
    }

    fn perform_task<T, R>(
        &mut self,
        task: Task,
        then: impl FnOnce(&mut S, &mut Context<'_, S>, T) -> R + Send + 'static,
    ) where
        T: Send + 'static,
        R: HandlerResult,
    {
        let token = self.local.closures.continuation(Box::new(|state, cx, event| {
            let Event::Completed { outcome, .. } = event else {
                return Err(anyhow!("not a completion: {event:?}"));
            };
            let output = outcome?.downcast().map_err(|_| anyhow!("the output is of another type"))?;
            then(state, cx, output).into_result()
        }));
        self.local.actions.push(Action::Perform(token, task));
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

impl<S> fmt::Debug for Network<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network").field("level", &self.level).finish_non_exhaustive()
    }
}

impl<S> Drop for Closures<S> {
    fn drop(&mut self) {
        guarded_drops(self.continuations.drain(), "a continuation");
    }
}

impl<S> Default for Closures<S> {
    fn default() -> Self {
        Self { endpoints: Slab::new(), continuations: Slab::new(), names: 0 }
    }
}

impl<S> Closures<S> {
    /// A place for an endpoint's closures, and a name for it that no other endpoint has had.
    pub(crate) fn endpoint(&mut self) -> (Value, Token) {
        let place = compact::insert(&mut self.endpoints, Handlers::default());
        (Value::anonymous(self.number()), Token(place as u64))
    }

    /// A number to name something by, which nothing else of the process has.
    pub(crate) const fn number(&mut self) -> u64 {
        self.names += 1;
        self.names
    }

    pub(crate) fn continuation(&mut self, continuation: Continuation<S>) -> Token {
        Token(compact::insert(&mut self.continuations, continuation) as u64)
    }
}
