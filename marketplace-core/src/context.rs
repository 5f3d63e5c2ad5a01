//! What closures act through, and where the closures of a process are kept.
//!
//! A closure gets a [`Context`], which leads to the place where further closures are put. These types name each
//! other, so they are in one file, below all files that use them.

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

/// The access of a process to its VM. Every handler gets one, and calls its methods to request actions. The VM performs
/// the actions after the turn.
///
/// It dereferences to the [`Network`] of the process, which has the methods for endpoints, messages and processes:
/// `cx.publisher(…)`, `cx.send(…)`, `cx.spawn(…)`. [`meta`](Self::meta) returns the network of the containing VM,
/// with the same methods.
///
/// # Examples
///
/// ```
/// use marketplace_core::{Context, Message, topic};
///
/// #[derive(Debug, Message)]
/// struct Tick(u64);
///
/// /// Stops at the third tick.
/// fn count(cx: &mut Context<'_, u32>) {
///     cx.subscriber(topic!(Tick(_))).on_message(|ticks, cx, _| {
///         *ticks += 1;
///         if *ticks == 3 {
///             cx.quit();
///         }
///     });
/// }
/// ```
pub struct Context<'a, S> {
    local: Network<'a, S>,
    pid: &'a Pid,
}

/// A network in which a process can act: its own, or that of the containing VM.
///
/// The six methods that add endpoints (`publisher`, `subscriber` and four that observe) take effect without anything
/// else. They return an [`Endpoint`](crate::Endpoint), to which you add handlers.
pub struct Network<'a, S> {
    pub(crate) level: Level,
    pub(crate) actions: &'a mut Actions,
    pub(crate) closures: &'a mut Closures<S>,
}

/// A closure of an endpoint.
pub(crate) type Closure<S> =
    Box<dyn FnMut(&mut S, &mut Context<'_, S>, &Event<'_>) -> anyhow::Result<()> + Send>;

/// A closure that runs once, for the result of a request.
pub(crate) type Continuation<S> =
    Box<dyn FnOnce(&mut S, &mut Context<'_, S>, Event<'_>) -> anyhow::Result<()> + Send>;

/// The closures of a process, by token.
pub(crate) struct Closures<S> {
    pub(crate) endpoints: Slab<Handlers<Closure<S>>>,
    pub(crate) continuations: Slab<Continuation<S>>,
    /// How many names have been given to endpoints and asks. A token is used again, a name must not be.
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

    /// The network of the containing VM. The ground is contained in no VM: to act at the meta level there makes the
    /// turn fail.
    ///
    /// # Examples
    ///
    /// A process in a nested VM that subscribes outside and sends inside:
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

    /// Ends the process normally, after this turn.
    pub fn quit(&mut self) {
        self.local.quit();
    }

    /// Continues in a turn of the next round, so that other processes can run in between (rule S13).
    ///
    /// # Examples
    ///
    /// ```
    /// use marketplace_core::{Context, Ground, Spawn};
    ///
    /// /// Counts down, one step in each turn.
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

    /// Has the ground poll a future, and calls `then` with its output in a turn of its own.
    ///
    /// Use it for everything that takes time, because a handler must not block.
    ///
    /// The future is dropped when the process or a VM that contains it ends. If the future panics, the process fails.
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

    /// Makes a future with access to the [`TaskContext`], which offers a way to wait, for example, and has the ground
    /// poll it.
    ///
    /// Otherwise it is like [`perform`](Self::perform).
    ///
    /// # Examples
    ///
    /// A future with a time-out:
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use futures::future::{Either, select};
    /// use marketplace_core::{Ground, Spawn};
    ///
    /// # fn main() -> anyhow::Result<()> {
    /// let impatient = Spawn::new((), |(), cx| {
    ///     cx.perform_with(
    ///         |task| {
    ///             let time_out = Box::pin(task.sleep(Duration::from_millis(10)));
    ///             async { matches!(select(std::future::pending::<()>(), time_out).await, Either::Right(_)) }
    ///         },
    ///         |(), _, is_late| assert!(is_late),
    ///     );
    /// });
    /// let program = Ground::new().with_sleep(futures_timer::Delay::new).spawn(impatient);
    /// futures::executor::block_on(program.run())?;
    /// # Ok(())
    /// # }
    /// ```
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

    /// Continues in a turn after `duration`. Abort the returned handle to cancel it.
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

    /// Reports that this process, a supervisor, has started a process in the place of its child with this name, which
    /// had ended for this reason. It counts as a restart in [`Counters`](crate::Counters) and is reported to traces.
    /// [`Supervisor`](crate::Supervisor) calls it for you.
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
    /// Makes a place for the closures of an endpoint, and a name that no other endpoint has had.
    pub(crate) fn endpoint(&mut self) -> (Value, Token) {
        let place = compact::insert(&mut self.endpoints, Handlers::default());
        (Value::anonymous(self.number()), Token(place as u64))
    }

    /// A number that nothing else in the process has, to make a name.
    pub(crate) const fn number(&mut self) -> u64 {
        self.names += 1;
        self.names
    }

    pub(crate) fn continuation(&mut self, continuation: Continuation<S>) -> Token {
        Token(compact::insert(&mut self.continuations, continuation) as u64)
    }
}
