//! The queue of a VM: what its processes have asked for, in the order in which they did (rule S4).
//!
//! A round is what the queue held when it began; nobody needs to know where one ends.

use std::collections::VecDeque;

use slab::Slab;

use super::EndpointId;
use crate::panic::guarded_drops;
use crate::{Action, AnyMessage, NetworkAction, Orientation, Token};

/// What the processes of a VM have asked for and is still to be done.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    steps: VecDeque<(usize, Step)>,
    /// The actions that are neither messages nor yields: larger and fewer, so that those are moved quickly.
    acts: Slab<Act>,
    /// How many steps are a process' leaving, not an action.
    leavings: usize,
}

/// One step of a process.
#[derive(Debug)]
pub(crate) enum Step {
    /// Send a message in the process' own network.
    Send(Orientation, AnyMessage),
    /// Give the process another turn (rule S13).
    Resume(Token),
    /// Perform the action in this place.
    Act(usize),
    /// Leave: all that the process has asked for came before (rule S11).
    Leave,
}

/// An action that is neither a message nor a yield.
#[derive(Debug)]
pub(crate) struct Act {
    pub(crate) target: Target,
    pub(crate) action: Action,
}

/// The endpoint of its own that a process' action is about, found as the action is emitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    None,
    /// One that the action asks for.
    New(EndpointId),
    /// One that the process had asked for before.
    Existing(EndpointId),
}

/// For how many steps room is kept while the VM is idle.
const KEPT: usize = 1024;

impl Queue {
    pub(crate) fn push(&mut self, process: usize, target: Target, action: Action) {
        let step = match action {
            Action::Local(NetworkAction::Send { orientation, message }) => Step::Send(orientation, message),
            Action::Yield(token) => Step::Resume(token),
            action => Step::Act(self.acts.insert(Act { target, action })),
        };
        self.steps.push_back((process, step));
    }

    #[inline]
    pub(crate) fn push_message(&mut self, process: usize, orientation: Orientation, message: AnyMessage) {
        self.steps.push_back((process, Step::Send(orientation, message)));
    }

    pub(crate) fn push_leaving(&mut self, process: usize) {
        self.leavings += 1;
        self.steps.push_back((process, Step::Leave));
    }

    /// The next step, and the slot of the process whose it is.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<(usize, Step)> {
        self.steps.pop_front()
    }

    /// Takes an action out of its place, as its step is done.
    pub(crate) fn act(&mut self, place: usize) -> Act {
        self.acts.remove(place)
    }

    pub(crate) const fn has_left(&mut self) {
        self.leavings -= 1;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.steps.len()
    }

    /// How many actions there are.
    pub(crate) fn actions(&self) -> usize {
        self.steps.len() - self.leavings
    }

    /// Gives back memory that only a burst needed.
    pub(crate) fn rest(&mut self) {
        if self.steps.is_empty() && self.steps.capacity().max(self.acts.capacity()) > KEPT {
            *self = Self::default();
        }
    }

    /// The last action, if it is neither a message nor a yield.
    pub(super) fn last_act(&mut self) -> Option<&mut Act> {
        match self.steps.back()?.1 {
            Step::Act(place) => self.acts.get_mut(place),
            Step::Send(..) | Step::Resume(_) | Step::Leave => None,
        }
    }

    /// Takes back the last action.
    pub(super) fn pop_last(&mut self) -> Option<Act> {
        let action = match self.steps.pop_back()?.1 {
            Step::Act(place) => return Some(self.act(place)),
            Step::Send(orientation, message) => Action::Local(NetworkAction::Send { orientation, message }),
            Step::Resume(token) => Action::Yield(token),
            Step::Leave => return None,
        };
        Some(Act { target: Target::None, action })
    }

    /// Drops the steps from this one on.
    pub(super) fn truncate(&mut self, length: usize, what: &'static str) {
        let acts = &mut self.acts;
        guarded_drops(
            self.steps.drain(length..).map(|(_, step)| match step {
                Step::Act(place) => (Some(acts.remove(place)), None),
                step => (None, Some(step)),
            }),
            what,
        );
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.truncate(0, "an action");
    }
}
