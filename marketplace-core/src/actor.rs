//! The low level: a process is anything that takes events and emits actions.

use crate::{Actions, Event};

/// The behaviour of a process.
///
/// Everything that runs in a VM is an actor: a process with handlers, a nested VM, a combinator that wraps
/// another actor. Most programs use [`Spawn::new`](crate::Spawn::new) and never implement this.
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
}

impl<A: Actor + ?Sized> Actor for Box<A> {
    fn handle(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
        (**self).handle(event, actions)
    }
}
