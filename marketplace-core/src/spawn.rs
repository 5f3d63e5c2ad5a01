//! Spawn: the description of a process that is yet to be created. Driver crates return one.

use std::fmt;
use std::sync::Arc;

use crate::actor::Actor;
use crate::context::Context;
use crate::process::Process;
use crate::{HandlerResult, VirtualMachine};

/// A process that is yet to be created.
///
/// Make it by [`Spawn::new`], from a state and a closure that runs as the first turn. Then give it to
/// [`Ground::spawn`](crate::Ground::spawn), or to [`Network::spawn`](crate::Network::spawn) in a handler of another
/// process. A driver crate is a function that returns one.
///
/// # Examples
///
/// ```
/// use marketplace_core::{Message, Spawn, topic};
///
/// #[derive(Debug, Message)]
/// struct Line { text: String }
///
/// let counter = Spawn::new(0_usize, |_, cx| {
///     cx.subscriber(topic!(Line { .. })).on_message(|count, _, _| *count += 1);
/// })
/// .named("counter");
/// ```
pub struct Spawn {
    name: Option<Arc<str>>,
    actor: Box<dyn Actor>,
    /// Whether a VM may be inside the actor.
    may_nest: bool,
}

impl Spawn {
    /// A process with handlers. `boot` is its first turn, in which it usually adds endpoints. All its handlers get
    /// `state`.
    #[must_use]
    pub fn new<S, R>(state: S, boot: impl FnOnce(&mut S, &mut Context<'_, S>) -> R + Send + 'static) -> Self
    where
        S: Send + 'static,
        R: HandlerResult,
    {
        Self { may_nest: false, ..Self::actor(Process::new(state, boot)) }
    }

    /// A process that runs an [`Actor`] of your own.
    #[must_use]
    pub fn actor(actor: impl Actor) -> Self {
        Self { name: None, actor: Box::new(actor), may_nest: true }
    }

    /// A nested VM whose first processes are `processes`.
    ///
    /// Its processes do not see those of the containing VM, unless they act at the [meta level](Context::meta) or
    /// through relays.
    ///
    /// It is collected when nothing can happen in it any more (rule S12). Endpoints inside do not keep it, only
    /// endpoints at the meta level do. If it is gone, and not even [`explain`](crate::Handle::explain) shows its
    /// endpoints, they may have been meant for [`Context::meta`].
    ///
    /// VMs run within each other's turns. So each level of nesting takes some kilobytes of the stack of the thread
    /// that runs the ground, and a few hundred levels fit into two megabytes.
    ///
    /// # Examples
    ///
    /// ```
    /// use marketplace_core::{Ground, Message, Spawn, topic};
    ///
    /// #[derive(Debug, Message)]
    /// struct Word(&'static str);
    ///
    /// # fn main() -> anyhow::Result<()> {
    /// let speaker = Spawn::new((), |(), cx| {
    ///     cx.publisher(topic!(Word(_))).on_presence(|(), cx, _listener| cx.send(Word("hello")));
    /// });
    /// let listener = Spawn::new((), |(), cx| {
    ///     cx.subscriber(topic!(Word(_))).on_message(|(), cx, _| cx.meta().quit()); // It ends the nested VM.
    /// });
    /// let room = Spawn::nested([speaker, listener]).named("room");
    /// futures::executor::block_on(Ground::new().main(room).run())?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn nested(processes: impl IntoIterator<Item = Self>) -> Self {
        Self::actor(VirtualMachine::nested(processes))
    }

    /// A nested VM that ends with its main process, as a program does. When `main` quits, fails, is killed or is
    /// collected, the VM quits with the same reason. `main` starts last.
    ///
    /// Without a main process, the end of a process does not end its VM. So a failure inside is seen only by the
    /// peers of the process that failed.
    ///
    /// # Examples
    ///
    /// A whole program inside a nested VM. Its error is the error of the outer program:
    ///
    /// ```
    /// use marketplace_core::{Ground, Spawn};
    ///
    /// let failing = Spawn::new((), |(), _| anyhow::bail!("broken"));
    /// let program = Ground::new().main(Spawn::nested_with_main([], failing));
    /// let error = futures::executor::block_on(program.run()).err();
    /// assert_eq!(error.map(|error| error.to_string()), Some("broken".to_owned()));
    /// ```
    #[must_use]
    pub fn nested_with_main(processes: impl IntoIterator<Item = Self>, main: Self) -> Self {
        let watcher = Self::new((), move |(), cx| {
            cx.spawn_monitored(
                main,
                |(), _, _| {},
                |(), cx, _, reason| cx.meta().quit_because(reason.clone()),
            );
        })
        .named("main's end");
        Self::nested(processes.into_iter().chain([watcher]))
    }

    /// The same with a name, for diagnostics.
    #[must_use]
    pub fn named(self, name: impl Into<Arc<str>>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// Its name, if it has one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The same with its actor wrapped in another one, for example a debugger or a fault injector. [`Actor`] shows
    /// how to write a wrapper.
    #[must_use]
    pub fn wrap<A: Actor>(self, wrap: impl FnOnce(Box<dyn Actor>) -> A) -> Self {
        Self { name: self.name, ..Self::actor(wrap(self.actor)) }
    }

    /// The actor itself, for code that runs it by hand, such as a test that feeds it events.
    #[must_use]
    pub fn into_actor(self) -> Box<dyn Actor> {
        self.actor
    }

    pub(crate) fn into_parts(self) -> (Option<Arc<str>>, Box<dyn Actor>, bool) {
        (self.name, self.actor, self.may_nest)
    }
}

impl fmt::Debug for Spawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spawn").field("name", &self.name).finish_non_exhaustive()
    }
}
