//! The queue of a VM: the actions of its processes, in the order in which they were emitted (rule S4).
//!
//! A round consists of the actions that the queue held when the round began. Its end needs no bookkeeping.

use std::collections::VecDeque;

use super::EndpointKey;
use crate::panic::guarded_drops;
use crate::{Action, AnyMessage, NetworkAction, Orientation};

/// The pending actions of the processes of a VM.
#[derive(Debug, Default)]
pub(crate) struct Queue(VecDeque<Step>);

/// One step. The number is the slot of the process.
#[derive(Debug)]
pub(crate) enum Step {
    Perform(usize, Target, Action),
    /// Remove the process. All its actions come before this step (rule S11).
    Leave(usize),
}

/// The endpoint that an action is about. It is one of the acting process, and is looked up when the action is
/// emitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    None,
    /// An endpoint that the action adds.
    New(EndpointKey),
    /// An endpoint that the process had added before.
    Existing(EndpointKey),
}

/// The number of steps for which memory is kept while the VM is idle.
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

    /// Takes the next step, if it sends a message in the network of the process.
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

    /// Frees the memory that a burst of actions needed.
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

    /// Drops all steps from position `length` on.
    pub(super) fn truncate(&mut self, length: usize, what: &'static str) {
        guarded_drops(self.0.drain(length..), what);
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.truncate(0, "an action");
    }
}
