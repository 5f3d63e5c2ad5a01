//! The low level: a process is anything that handles events and emits actions.

use crate::{Actions, Event, Inspection};

/// The behaviour of a process: it handles events and emits actions.
///
/// Everything that runs in a VM is an actor: a process with handlers, a nested VM, and a wrapper around another
/// actor. Most programs use [`Spawn::new`](crate::Spawn::new) and never implement this trait. Implement it to wrap
/// processes, for example to debug them or to inject faults.
///
/// # Examples
///
/// A wrapper, for [`Spawn::wrap`](crate::Spawn::wrap). It prints all events and actions of an actor, and quits
/// normally where the actor fails. (It does not catch a panic; the VM does.)
///
/// ```
/// use marketplace_core::{Action, Actions, Actor, Event, Ground, Inspection, NetworkAction, Reason, Spawn};
///
/// struct Watched<A>(A);
///
/// impl<A: Actor> Actor for Watched<A> {
///     fn handle(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
///         println!("event: {event:?}");
///         let result = self.0.handle(event, actions);
///         let invalid = actions.take_error();
///         let emitted = actions.take();
///         if let Some(error) = result.err().or(invalid) {
///             println!("error: {error:#}");
///             actions.push(Action::Local(NetworkAction::Quit { pid: None, reason: Reason::normal() }));
///             return Ok(());
///         }
///         for action in emitted {
///             println!("action: {action:?}");
///             actions.push(action);
///         }
///         Ok(())
///     }
///
///     // Pass it on, so that a nested VM can be inspected.
///     fn inspect(&mut self, inspection: &mut Inspection<'_>) {
///         self.0.inspect(inspection);
///     }
/// }
///
/// # fn main() -> anyhow::Result<()> {
/// let faulty = Spawn::new((), |(), _| anyhow::bail!("broken"));
/// futures::executor::block_on(Ground::new().main(faulty.wrap(Watched)).run())?;
/// # Ok(())
/// # }
/// ```
pub trait Actor: Send + 'static {
    /// Takes one turn: handles an event, changes the actor's state, and emits actions. It must not block.
    ///
    /// The first event is [`Event::Boot`].
    ///
    /// # Errors
    ///
    /// If it returns an error, or panics, the actions of this turn are discarded, and the process leaves with the
    /// error as the reason (rules S2 and S11).
    fn handle(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()>;

    /// Shows what is inside the actor. It is called between turns.
    ///
    /// A nested VM shows its processes, for example for a [`Snapshot`](crate::Snapshot). An actor that wraps another
    /// one passes the inspection on to it. If it does not, the processes inside cannot be seen from outside.
    fn inspect(&mut self, inspection: &mut Inspection<'_>) {
        let _ = inspection;
    }
}

impl<A: Actor + ?Sized> Actor for Box<A> {
    fn handle(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
        (**self).handle(event, actions)
    }

    fn inspect(&mut self, inspection: &mut Inspection<'_>) {
        (**self).inspect(inspection);
    }
}
