//! Actions: what a turn asks of its VM.

use crate::task::Task;
use crate::{AnyMessage, EventKinds, Orientation, Pid, Reason, Role, Spawn, Token, Value};

/// What a turn asks of its VM.
#[derive(Debug)]
pub enum Action {
    /// Something asked of the network that the process is in.
    Local(NetworkAction),
    /// Something asked of the network around its VM.
    Meta(NetworkAction),
    /// A turn, [`Event::Resumed`](crate::Event::Resumed), in the next round.
    Yield(Token),
    /// A future to be polled; its end comes back as [`Event::Completed`](crate::Event::Completed).
    Perform(Token, Task),
}

/// What can be asked of a network.
#[derive(Debug)]
pub enum NetworkAction {
    /// Create an endpoint, or replace what an existing one of an equal role handles.
    Add(AddEndpoint),
    /// Delete an endpoint; a name that is not in use is ignored.
    Delete {
        /// The endpoint's name.
        name: Value,
        /// What its peers are told.
        reason: Reason,
    },
    /// Send a message to the endpoints of the opposite orientation.
    Send {
        /// As what the message is sent: a subscriber's is feedback.
        orientation: Orientation,
        /// The message.
        message: AnyMessage,
    },
    /// Create a process.
    Spawn {
        /// The process.
        spawn: Spawn,
        /// Whether, and with which token, the Pid is to come back as
        /// [`Event::Spawned`](crate::Event::Spawned).
        token: Option<Token>,
        /// Whether, and with which token, its end is to be told, as [`Event::Ended`](crate::Event::Ended).
        monitor: Option<Token>,
    },
    /// End a process: the one named, otherwise this one (locally) or the VM around it (at the meta level).
    Quit {
        /// The process to end; one that is unknown to the VM is ignored.
        pid: Option<Pid>,
        /// What its peers are told.
        reason: Reason,
    },
}

/// One of the two networks that a process can speak to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    /// The network that the process is in.
    Local,
    /// The network around its VM.
    Meta,
}

impl Level {
    /// What asks it of this network.
    #[must_use]
    pub const fn action(self, action: NetworkAction) -> Action {
        match self {
            Self::Local => Action::Local(action),
            Self::Meta => Action::Meta(action),
        }
    }
}

/// An endpoint to be created.
#[derive(Debug)]
pub struct AddEndpoint {
    /// Its name, unique within the process and the level.
    pub name: Value,
    /// What it takes part in.
    pub role: Role,
    /// Comes back with each of its events.
    pub token: Token,
    /// The kinds of event it handles.
    pub kinds: EventKinds,
}
