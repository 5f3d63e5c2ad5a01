//! What the processes of the model request and get, and what all its VMs share.
//!
//! A token or a name is a path. If a process acts at the meta level, its VM acts in the containing VM under the same
//! name, with the process' place in front. It removes that place from what comes back (rule S14).

use std::collections::BTreeMap;

use marketplace_core::{EventKinds, Orientation};

use super::program::Child;
use super::trace::{Line, Seen};
use super::vocabulary::{Content, TreeRole};

pub(crate) type Path = Vec<usize>;

/// What all VMs of the model share: the trace.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) lines: Vec<Line>,
    pub(crate) told: String,
    pub(crate) booted: usize,
    pub(crate) dropped: BTreeMap<Option<usize>, u64>,
    pub(crate) is_overworked: bool,
}

pub(crate) struct Event {
    pub(crate) token: Path,
    pub(crate) seen: Seen,
}

pub(crate) enum Action {
    Local(Ask),
    Meta(Ask),
    Yield(Path),
    Perform(Path),
}

pub(crate) enum Ask {
    Add(Endpoint),
    Delete(Path, String),
    Send(Orientation, Content),
    /// The last two are the tokens of the events that report its Pid and its end.
    Spawn(Child, Vec<usize>, Option<Path>, Option<Path>),
    Quit(Option<usize>, String),
}

#[derive(Clone)]
pub(crate) struct Endpoint {
    pub(crate) owner: usize,
    /// The number of the endpoint in its VM, in the order of creation.
    pub(crate) id: usize,
    pub(crate) name: Path,
    pub(crate) role: TreeRole,
    pub(crate) token: Path,
    pub(crate) kinds: EventKinds,
}

impl Action {
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Local(ask) | Self::Meta(ask) => ask.kind(),
            Self::Yield(_) => "yield",
            Self::Perform(_) => "perform",
        }
    }
}

impl Ask {
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Add(_) => "add",
            Self::Delete(..) => "delete",
            Self::Send(..) => "send",
            Self::Spawn(..) => "spawn",
            Self::Quit(..) => "quit",
        }
    }
}
