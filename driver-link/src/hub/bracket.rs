//! How the hub knows what is its own: what it asks for on behalf of others stands between two yields.
//!
//! The actions of a turn stay together (rule S4), and between them come only the turns that they trigger (rule S3). So
//! between the turns of the two yields all that the hub hears is of its own making: presences of mirrors, and messages
//! that came over a link. They are not told to others.

use std::collections::VecDeque;

use marketplace_core::{Action, Actions, NetworkAction};

use super::{CLOSED, OPENED};
use crate::ground::GroundId;

/// What has been asked for, and is not yet all performed.
#[derive(Default)]
pub(super) struct Brackets {
    is_inside: bool,
    open: VecDeque<Vec<Taken>>,
}

/// How many frames of a ground have been taken, once a bracket is closed.
pub(super) struct Taken {
    pub(super) ground: GroundId,
    pub(super) session: u64,
    pub(super) frames: u64,
}

impl Brackets {
    /// Asks for all of it.
    pub(super) fn ask(
        &mut self,
        asked: impl IntoIterator<Item = NetworkAction>,
        taken: Vec<Taken>,
        actions: &mut Actions,
    ) {
        actions.push(Action::Yield(OPENED));
        asked.into_iter().for_each(|action| actions.push(Action::Local(action)));
        actions.push(Action::Yield(CLOSED));
        self.open.push_back(taken);
    }

    pub(super) const fn opened(&mut self) {
        self.is_inside = true;
    }

    /// What has been taken with it.
    pub(super) fn closed(&mut self) -> Vec<Taken> {
        self.is_inside = false;
        self.open.pop_front().unwrap_or_default()
    }

    /// Whether what is heard now is of the hub's own making.
    pub(super) const fn is_inside(&self) -> bool {
        self.is_inside
    }
}
