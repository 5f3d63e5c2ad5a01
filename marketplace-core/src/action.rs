//! Actions: what a turn requests from its VM.

use crate::task::Task;
use crate::{AnyMessage, EventKinds, Orientation, Pid, Reason, Role, Spawn, Token, Value};

/// What a turn requests from its VM. The VM performs it after the turn.
///
/// The methods of [`Context`](crate::Context) emit actions for you. You see actions themselves if you write an
/// [`Actor`](crate::Actor), wrap one, or read a [`Trace`](crate::Trace).
#[derive(Debug)]
pub enum Action {
    /// An action in the network of the process.
    Local(NetworkAction),
    /// An action in the network of the containing VM.
    Meta(NetworkAction),
    /// Requests a turn in the next round, by [`Event::Resumed`](crate::Event::Resumed).
    Yield(Token),
    /// Requests that a future is polled. Its result comes back as [`Event::Completed`](crate::Event::Completed).
    Perform(Token, Task),
}

/// An action in a network.
#[derive(Debug)]
pub enum NetworkAction {
    /// Create an endpoint. If the process has an endpoint with this name and an equal role, replace its handlers.
    Add(AddEndpoint),
    /// Delete an endpoint. A name that is not in use is ignored.
    Delete {
        /// The endpoint's name.
        name: Value,
        /// The reason that its peers get.
        reason: Reason,
    },
    /// Send a message to the endpoints of the opposite orientation.
    Send {
        /// The orientation of the sender. A message from a subscriber is feedback.
        orientation: Orientation,
        /// The message.
        message: AnyMessage,
    },
    /// Create a process.
    Spawn {
        /// The process.
        spawn: Spawn,
        /// If this is a token, the Pid of the new process comes back as [`Event::Spawned`](crate::Event::Spawned)
        /// with it.
        token: Option<Token>,
        /// If this is a token, the end of the new process is reported by [`Event::Ended`](crate::Event::Ended) with
        /// it.
        monitor: Option<Token>,
    },
    /// End a process. Without a Pid, this is the process itself at the local level, and its VM at the meta level.
    Quit {
        /// The process to end. A Pid that the VM does not know is ignored.
        pid: Option<Pid>,
        /// The reason that its peers get.
        reason: Reason,
    },
}

/// One of the two networks in which a process can act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    /// The network of the process.
    Local,
    /// The network of the containing VM.
    Meta,
}

impl Level {
    /// The action that requests `action` in this network.
    #[must_use]
    pub const fn action(self, action: NetworkAction) -> Action {
        match self {
            Self::Local => Action::Local(action),
            Self::Meta => Action::Meta(action),
        }
    }
}

/// The action that adds an endpoint.
#[derive(Debug)]
pub struct AddEndpoint {
    /// The endpoint's name, unique within the process and the level.
    pub name: Value,
    /// What it takes part in.
    pub role: Role,
    /// The token of its events.
    pub token: Token,
    /// The kinds of event that it handles.
    pub kinds: EventKinds,
}
