//! Events that can be kept: an event borrows its message.

use marketplace_core::{AnyMessage, Event, Token};

/// An event with its message.
pub(super) enum Told {
    Message(Token, AnyMessage),
    Other(Event<'static>),
}

impl From<Event<'_>> for Told {
    fn from(event: Event<'_>) -> Self {
        Self::Other(match event {
            Event::Message { token, message } => return Self::Message(token, message.clone()),
            Event::Boot { pid } => Event::Boot { pid },
            Event::Presence { token, peer, role } => Event::Presence { token, peer, role },
            Event::Absence { token, peer, role, reason } => Event::Absence { token, peer, role, reason },
            Event::Settled { token, endpoint, peers } => Event::Settled { token, endpoint, peers },
            Event::Closed { token } => Event::Closed { token },
            Event::Spawned { token, pid } => Event::Spawned { token, pid },
            Event::Ended { token, pid, reason } => Event::Ended { token, pid, reason },
            Event::Resumed { token } => Event::Resumed { token },
            Event::Completed { token, outcome } => Event::Completed { token, outcome },
        })
    }
}
