//! Events: what a process gets from its VM.

mod owned;

use std::any::Any;
use std::fmt;
use std::ops::BitOr;

pub use owned::OwnedEvent;

use crate::{AnyMessage, EndpointId, Pid, Reason, Role};

/// A number that an actor chooses for a request. It comes back with every event that follows from the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Token(pub u64);

/// What a process gets from its VM. One event is one turn.
///
/// The handlers of [`Endpoint`](crate::Endpoint) get what is inside an event. You see events themselves if you write
/// an [`Actor`](crate::Actor), or use [`Endpoint::on`](crate::Endpoint::on).
#[derive(Debug)]
pub enum Event<'a> {
    /// The first event of every process.
    Boot {
        /// The process' own identity.
        pid: Pid,
    },
    /// A peer of an endpoint was added.
    Presence {
        /// The endpoint's token.
        token: Token,
        /// The peer.
        peer: EndpointId,
        /// The peer's role, its topic narrowed to the conversation.
        role: Role,
    },
    /// A peer of an endpoint was removed.
    Absence {
        /// The endpoint's token.
        token: Token,
        /// The peer.
        peer: EndpointId,
        /// The peer's role, equal to that of its presence.
        role: Role,
        /// Why the peer was removed.
        reason: Reason,
    },
    /// An endpoint received a message.
    Message {
        /// The endpoint's token.
        token: Token,
        /// The message. Clone it to keep it, or keep the whole event by [`into_owned`](Event::into_owned).
        message: &'a AnyMessage,
    },
    /// The presences of all peers that existed when an endpoint was added have been delivered.
    Settled {
        /// The endpoint's token.
        token: Token,
        /// The endpoint's own identity, as its peers see it.
        endpoint: EndpointId,
        /// How many peers there were.
        peers: usize,
    },
    /// The last event with this token: the endpoint was deleted, or added again with another token.
    Closed {
        /// The endpoint's token.
        token: Token,
    },
    /// A requested process has been created.
    Spawned {
        /// The token of the request.
        token: Token,
        /// The new process.
        pid: Pid,
    },
    /// A monitored process has ended, and its endpoints are gone.
    Ended {
        /// The token of the request.
        token: Token,
        /// The process.
        pid: Pid,
        /// Why it ended. The reason is normal if the process was collected.
        reason: Reason,
    },
    /// A yield has been performed.
    Resumed {
        /// The token of the request.
        token: Token,
    },
    /// A future has completed.
    Completed {
        /// The token of the request.
        token: Token,
        /// The future's output, or its panic as an error.
        outcome: Result<Output, Reason>,
    },
}

impl Event<'_> {
    /// The token of the request from which the event follows. A boot has none.
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

    /// The same event with another token. Wrappers that make requests on behalf of other actors need it.
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

/// The output of a future, of any type.
pub struct Output(Box<dyn Any + Send>);

impl Output {
    /// Wraps an output.
    pub fn new<T: Send + 'static>(output: T) -> Self {
        Self(Box::new(output))
    }

    /// The output, if it is of type `T`.
    ///
    /// # Errors
    ///
    /// The `Output` unchanged, if it is not of type `T`.
    pub fn downcast<T: 'static>(self) -> Result<T, Self> {
        self.0.downcast().map(|output| *output).map_err(Self)
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Output(..)")
    }
}

/// A set of kinds of event: those that an endpoint handles. The VM runs no turn for the others.
///
/// # Examples
///
/// ```
/// use marketplace_core::EventKinds;
///
/// let kinds = EventKinds::PRESENCE | EventKinds::ABSENCE;
/// assert!(kinds.contains(EventKinds::ABSENCE));
/// assert!(!kinds.contains(EventKinds::MESSAGE));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct EventKinds(u8);

impl EventKinds {
    /// No kinds. [`Event::Closed`] is delivered all the same.
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

    /// The kind of an event of an endpoint. For other events it is [`NONE`](Self::NONE).
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
