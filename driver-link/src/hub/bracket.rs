//! How the hub recognises its own actions: those on behalf of others are enclosed by two yields.
//!
//! The actions of a turn stay together (rule S4), and only the turns that they trigger come in between (rule S3). So between
//! the turns of the two yields the hub receives only the effects of its own actions: the presence of mirrors, and messages
//! that arrived over a link. These are not sent to others.

use std::collections::VecDeque;

use marketplace_core::{Action, Actions, NetworkAction};

use super::{CLOSED, OPENED};
use crate::ground::GroundId;

/// The actions that have been emitted and not all performed.
#[derive(Default)]
pub(super) struct Brackets {
    is_inside: bool,
    open: VecDeque<Vec<Taken>>,
}

/// The number of frames of a ground that are processed when a bracket closes.
pub(super) struct Taken {
    pub(super) ground: GroundId,
    pub(super) session: u64,
    pub(super) frames: u64,
}

impl Brackets {
    /// Emits all actions.
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

    /// The frames that were processed with it.
    pub(super) fn closed(&mut self) -> Vec<Taken> {
        self.is_inside = false;
        self.open.pop_front().unwrap_or_default()
    }

    /// Whether the current event is an effect of the hub's own actions.
    pub(super) const fn is_inside(&self) -> bool {
        self.is_inside
    }
}
