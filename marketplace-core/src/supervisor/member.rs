//! A child, as the supervisor's decisions see it.

use std::sync::Arc;

use super::children::ChildStatus;
use super::strategy::Restart;

/// A child, by a number that is never used again: a name may be.
pub(super) type Id = u64;

pub(super) struct Member {
    pub(super) id: Id,
    pub(super) name: Arc<str>,
    pub(super) restart: Restart,
    pub(super) state: State,
    /// How often it has failed since it last lived for long enough.
    pub(super) failures: u32,
    /// Whether it is to be forgotten once it has ended.
    pub(super) is_removed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// To be started in its turn.
    Due,
    /// To be started after a while.
    Waiting,
    /// Its first turn may not be over.
    Booting,
    Running,
    /// Alive, and to be ended.
    ToEnd,
    /// Alive, and told to end.
    Ending,
    /// Ended well: made again only with its siblings.
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
