//! Events: what a VM tells a process.

mod owned;

use std::any::Any;
use std::fmt;
use std::ops::BitOr;

pub use owned::OwnedEvent;

use crate::{AnyMessage, EndpointId, Pid, Reason, Role};

/// A number of the actor's own choice that it puts into what it asks for, and that comes back with every
/// event that follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Token(pub u64);

/// What a VM tells a process; one event is one turn.
#[derive(Debug)]
pub enum Event<'a> {
    /// The first event of every process.
    Boot {
        /// The process' own identity.
        pid: Pid,
    },
    /// A peer of an endpoint appeared.
    Presence {
        /// The endpoint's.
        token: Token,
        /// The peer.
        peer: EndpointId,
        /// The peer's, its topic narrowed to the conversation.
        role: Role,
    },
    /// A peer of an endpoint disappeared.
    Absence {
        /// The endpoint's.
        token: Token,
        /// The peer.
        peer: EndpointId,
        /// The peer's, equal to that of its presence.
        role: Role,
        /// Why it went.
        reason: Reason,
    },
    /// A message came for an endpoint.
    Message {
        /// The endpoint's.
        token: Token,
        /// The message; clone it to keep it, or the event by [`into_owned`](Event::into_owned).
        message: &'a AnyMessage,
    },
    /// An added endpoint has been told of all peers there are.
    Settled {
        /// The endpoint's.
        token: Token,
        /// The endpoint itself, as its peers are told of it.
        endpoint: EndpointId,
        /// How many peers it was told of.
        peers: usize,
    },
    /// The last event with this token: the endpoint was deleted, or added again with another token.
    Closed {
        /// The endpoint's.
        token: Token,
    },
    /// A process asked for has been spawned.
    Spawned {
        /// The request's.
        token: Token,
        /// The new process'.
        pid: Pid,
    },
    /// A process that was to be monitored has gone, and so have its endpoints.
    Ended {
        /// The request's.
        token: Token,
        /// The process'.
        pid: Pid,
        /// Why it went: normal also where it was collected.
        reason: Reason,
    },
    /// A yield has been performed.
    Resumed {
        /// The request's.
        token: Token,
    },
    /// A future has come to its end.
    Completed {
        /// The request's.
        token: Token,
        /// The future's output, or its panic.
        outcome: Result<Output, Reason>,
    },
}

impl Event<'_> {
    /// The token of what the event follows from; none for a boot.
    #[must_use]
    pub const fn token(&self) -> Option<Token> {
        match self {
            Self::Boot { .. } => None,
            Self::Presence { token, .. }
            | Self::Absence { token, .. }
            | Self::Message { token, .. }
            | Self::Settled { token, .. }
            | Self::Closed { token }
            | Self::Spawned { token, .. }
            | Self::Ended { token, .. }
            | Self::Resumed { token }
            | Self::Completed { token, .. } => Some(*token),
        }
    }

    /// The same event with another token, for those who ask on behalf of others.
    #[must_use]
    pub const fn with_token(mut self, new: Token) -> Self {
        match &mut self {
            Self::Boot { .. } => {}
            Self::Presence { token, .. }
            | Self::Absence { token, .. }
            | Self::Message { token, .. }
            | Self::Settled { token, .. }
            | Self::Closed { token }
            | Self::Spawned { token, .. }
            | Self::Ended { token, .. }
            | Self::Resumed { token }
            | Self::Completed { token, .. } => *token = new,
        }
        self
    }
}

/// The output of a future, of whatever type it has.
pub struct Output(Box<dyn Any + Send>);

impl Output {
    /// Wraps an output.
    pub fn new<T: Send + 'static>(output: T) -> Self {
        Self(Box::new(output))
    }

    /// The output.
    ///
    /// # Errors
    ///
    /// The output as it was, if it is not of type `T`.
    pub fn downcast<T: 'static>(self) -> Result<T, Self> {
        self.0.downcast().map(|output| *output).map_err(Self)
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Output(..)")
    }
}

/// A set of kinds of event: those that an endpoint handles. The VM runs no turn for the rest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct EventKinds(u8);

impl EventKinds {
    /// No kind; [`Event::Closed`] comes all the same.
    pub const NONE: Self = Self(0);
    /// [`Event::Presence`].
    pub const PRESENCE: Self = Self(1);
    /// [`Event::Absence`].
    pub const ABSENCE: Self = Self(1 << 1);
    /// [`Event::Message`].
    pub const MESSAGE: Self = Self(1 << 2);
    /// [`Event::Settled`].
    pub const SETTLED: Self = Self(1 << 3);
    /// All kinds.
    pub const ALL: Self = Self(0b1111);

    /// Whether all kinds of `other` are in the set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The kind of an event of an endpoint; none for other events.
    #[must_use]
    pub const fn of(event: &Event<'_>) -> Self {
        match event {
            Event::Presence { .. } => Self::PRESENCE,
            Event::Absence { .. } => Self::ABSENCE,
            Event::Message { .. } => Self::MESSAGE,
            Event::Settled { .. } => Self::SETTLED,
            _ => Self::NONE,
        }
    }
}

impl BitOr for EventKinds {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
