//! Spawn: a value that describes a process yet to be created; what a driver crate hands out.

use std::fmt;
use std::sync::Arc;

use crate::actor::Actor;
use crate::context::Context;
use crate::process::Process;
use crate::{HandlerResult, VirtualMachine};

/// A process yet to be created.
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
    /// Whether the actor may have a VM inside.
    may_nest: bool,
}

impl Spawn {
    /// A process with handlers: its state, and what it does first.
    #[must_use]
    pub fn new<S, R>(state: S, boot: impl FnOnce(&mut S, &mut Context<'_, S>) -> R + Send + 'static) -> Self
    where
        S: Send + 'static,
        R: HandlerResult,
    {
        Self { may_nest: false, ..Self::actor(Process::new(state, boot)) }
    }

    /// A process that is any actor.
    #[must_use]
    pub fn actor(actor: impl Actor) -> Self {
        Self { name: None, actor: Box::new(actor), may_nest: true }
    }

    /// A nested VM whose first processes are `processes`.
    ///
    /// It is collected once nothing is left that could happen in it (rule S12): endpoints inside do not keep it, only
    /// those at the meta level do. If it is gone, and not even [`explain`](crate::Handle::explain) shows its endpoints,
    /// they may have been meant for [`Context::meta`].
    ///
    /// VMs run within each other's turns, so each further level takes some kilobytes of the stack of the thread
    /// that runs the ground; a few hundred levels fit into two megabytes.
    #[must_use]
    pub fn nested(processes: impl IntoIterator<Item = Self>) -> Self {
        Self::actor(VirtualMachine::nested(processes))
    }

    /// A nested VM that ends with its main process, as a program does: when that quits, fails, is killed or is collected, the
    /// VM quits for the same reason. `main` starts last.
    ///
    /// Without a main process a VM does not care how its processes end, so a failure inside is seen by its peers alone.
    ///
    /// # Examples
    ///
    /// A whole program one VM down, whose error is the program's:
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

    /// Its name, if it has been given one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The same with its actor wrapped in another: the door for supervisors, debuggers, fault injectors.
    /// [`Actor`] shows how to write one.
    #[must_use]
    pub fn wrap<A: Actor>(self, wrap: impl FnOnce(Box<dyn Actor>) -> A) -> Self {
        Self { name: self.name, ..Self::actor(wrap(self.actor)) }
    }

    /// The actor itself, for those who run it by hand: a test, say, that feeds it events.
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
