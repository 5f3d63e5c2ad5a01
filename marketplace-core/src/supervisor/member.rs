//! A child, from the view of the supervisor's decisions.

use std::sync::Arc;

use super::children::ChildStatus;
use super::strategy::Restart;

/// Identifies a child. It is never used again, unlike a name.
pub(super) type Id = u64;

pub(super) struct Member {
    pub(super) id: Id,
    pub(super) name: Arc<str>,
    pub(super) restart: Restart,
    pub(super) state: State,
    /// How often it has failed since it was last well.
    pub(super) failures: u32,
    /// Whether it is forgotten when it has ended.
    pub(super) is_removed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// To be started in its turn.
    Due,
    /// To be started after a delay.
    Waiting,
    /// Its first turn may not be over.
    Booting,
    Running,
    /// Alive, and to be ended.
    ToEnd,
    /// Alive, and being ended.
    Ending,
    /// Ended normally. It is restarted only with its siblings.
    Finished,
}

impl State {
    pub(super) const fn is_alive(self) -> bool {
        matches!(self, Self::Booting | Self::Running | Self::ToEnd | Self::Ending)
    }

    pub(super) const fn status(self) -> Option<ChildStatus> {
        match self {
            Self::Running => Some(ChildStatus::Running),
            Self::Waiting => Some(ChildStatus::Waiting),
            _ => None,
        }
    }
}
