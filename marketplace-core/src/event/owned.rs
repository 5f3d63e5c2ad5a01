//! Events that can be kept: an event only borrows its message.

use super::{Event, Token};
use crate::AnyMessage;

/// An event that owns its message, so that it can be kept or sent to another thread.
///
/// # Examples
///
/// A wrapper that holds back the events of its actor, and delivers them all later:
///
/// ```
/// use marketplace_core::{Actions, Actor, Event, OwnedEvent};
///
/// struct Paused<A> {
///     actor: A,
///     kept: Vec<OwnedEvent>,
/// }
///
/// impl<A: Actor> Paused<A> {
///     fn resume(&mut self, actions: &mut Actions) -> anyhow::Result<()> {
///         self.kept.drain(..).try_for_each(|kept| kept.with(|event| self.actor.handle(event, actions)))
///     }
/// }
///
/// impl<A: Actor> Actor for Paused<A> {
///     fn handle(&mut self, event: Event<'_>, _: &mut Actions) -> anyhow::Result<()> {
///         self.kept.push(event.into_owned());
///         Ok(())
///     }
/// }
/// ```
#[derive(Debug)]
pub struct OwnedEvent(Kept);

#[derive(Debug)]
enum Kept {
    Message(Token, AnyMessage),
    Other(Event<'static>),
}

impl Event<'_> {
    /// Makes an event that can be kept. The message is shared, not copied.
    #[must_use]
    pub fn into_owned(self) -> OwnedEvent {
        OwnedEvent(Kept::Other(match self {
            Self::Message { token, message } => return OwnedEvent(Kept::Message(token, message.clone())),
            Self::Boot { pid } => Event::Boot { pid },
            Self::Presence { token, peer, role } => Event::Presence { token, peer, role },
            Self::Absence { token, peer, role, reason } => Event::Absence { token, peer, role, reason },
            Self::Settled { token, endpoint, peers } => Event::Settled { token, endpoint, peers },
            Self::Closed { token } => Event::Closed { token },
            Self::Spawned { token, pid } => Event::Spawned { token, pid },
            Self::Ended { token, pid, reason } => Event::Ended { token, pid, reason },
            Self::Resumed { token } => Event::Resumed { token },
            Self::Completed { token, outcome } => Event::Completed { token, outcome },
        }))
    }
}

impl OwnedEvent {
    /// Passes the event to `tell`, in the form that an actor handles. This consumes the event, so it is delivered
    /// once.
    pub fn with<R>(self, tell: impl FnOnce(Event<'_>) -> R) -> R {
        match self.0 {
            Kept::Message(token, ref message) => tell(Event::Message { token, message }),
            Kept::Other(event) => tell(event),
        }
    }
}
