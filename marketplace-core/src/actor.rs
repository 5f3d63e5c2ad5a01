//! The low level: a process is anything that takes events and emits actions.

use crate::{Actions, Event, Inspection};

/// The behaviour of a process.
///
/// Everything that runs in a VM is an actor: a process with handlers, a nested VM, a combinator that wraps
/// another actor. Most programs use [`Spawn::new`](crate::Spawn::new) and never implement this.
///
/// # Examples
///
/// A wrapper, for [`Spawn::wrap`](crate::Spawn::wrap), that shows all that an actor is told and asks for, and
/// that leaves quietly where the actor fails. (A panic passes it by: the VM sees to that.)
///
/// ```
/// use marketplace_core::{Action, Actions, Actor, Event, Ground, Inspection, NetworkAction, Reason, Spawn};
///
/// struct Watched<A>(A);
///
/// impl<A: Actor> Actor for Watched<A> {
///     fn handle(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
///         println!("is told {event:?}");
///         let outcome = self.0.handle(event, actions);
///         let fault = actions.take_error();
///         let asked = actions.take();
///         if let Some(error) = outcome.err().or(fault) {
///             println!("fails: {error:#}");
///             actions.push(Action::Local(NetworkAction::Quit { pid: None, reason: Reason::normal() }));
///             return Ok(());
///         }
///         for action in asked {
///             println!("asks for {action:?}");
///             actions.push(action);
///         }
///         Ok(())
///     }
///
///     // So that a nested VM is seen to be one.
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
    /// Takes one turn: changes the actor's state and emits actions. Must not block.
    ///
    /// The first event is [`Event::Boot`].
    ///
    /// # Errors
    ///
    /// An error, like a panic, discards the actions of this turn and is the reason with which the process
    /// leaves (rules S2 and S11).
    fn handle(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()>;

    /// Shows what is inside the actor; called between turns.
    ///
    /// A nested VM shows its processes, for a [`Snapshot`](crate::Snapshot) say. An actor that wraps another hands the
    /// inspection on to it: if it does not, what is inside is not seen from outside.
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
