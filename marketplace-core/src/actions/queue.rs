//! The queue of a VM: what its processes have asked for, in the order in which they did (rule S4).
//!
//! A round is what the queue held when it began; nobody needs to know where one ends.

use std::collections::VecDeque;

use super::EndpointKey;
use crate::panic::guarded_drops;
use crate::{Action, AnyMessage, NetworkAction, Orientation};

/// What the processes of a VM have asked for and is still to be done.
#[derive(Debug, Default)]
pub(crate) struct Queue(VecDeque<Step>);

/// One step of the process in a slot.
#[derive(Debug)]
pub(crate) enum Step {
    Perform(usize, Target, Action),
    /// Leave: all that the process has asked for came before (rule S11).
    Leave(usize),
}

/// The endpoint of its own that a process' action is about, found as the action is emitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    None,
    /// One that the action asks for.
    New(EndpointKey),
    /// One that the process had asked for before.
    Existing(EndpointKey),
}

/// For how many steps room is kept while the VM is idle.
const KEPT: usize = 4096;

impl Queue {
    #[inline]
    pub(crate) fn push(&mut self, step: Step) {
        self.0.push_back(step);
    }

    #[inline]
    pub(crate) fn pop(&mut self) -> Option<Step> {
        self.0.pop_front()
    }

    /// Takes the next step, if it is to send a message in the process' own network.
    pub(crate) fn pop_send(&mut self) -> Option<(usize, Orientation, AnyMessage)> {
        let Some(Step::Perform(_, _, Action::Local(NetworkAction::Send { .. }))) = self.0.front() else {
            return None;
        };
        match self.0.pop_front()? {
            Step::Perform(slot, _, Action::Local(NetworkAction::Send { orientation, message })) => {
                Some((slot, orientation, message))
            }
            _ => None,
        }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Step> {
        self.0.iter()
    }

    /// Gives back memory that only a burst needed.
    pub(crate) fn rest(&mut self) {
        if self.0.is_empty() {
            self.0.shrink_to(KEPT);
        }
    }

    /// The last action.
    pub(super) fn last_mut(&mut self) -> Option<(Target, &mut Action)> {
        let Step::Perform(_, target, action) = self.0.back_mut()? else { return None };
        Some((*target, action))
    }

    /// Takes back the last action.
    pub(super) fn pop_last(&mut self) -> Option<(Target, Action)> {
        let Step::Perform(_, target, action) = self.0.pop_back()? else { return None };
        Some((target, action))
    }

    /// Drops the steps from this one on.
    pub(super) fn truncate(&mut self, length: usize, what: &'static str) {
        guarded_drops(self.0.drain(length..), what);
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.truncate(0, "an action");
    }
}
