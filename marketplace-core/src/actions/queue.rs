//! The queue of a VM: what its processes have asked for, in the order in which they did (rule S4).
//!
//! A round is what the queue held when it began; nobody needs to know where one ends.

use std::collections::VecDeque;

use super::EndpointId;
use crate::Action;

/// What the processes of a VM have asked for and is still to be done.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    all: VecDeque<Queued>,
    /// How many of them are a process' leaving, not an action.
    leavings: usize,
}

/// One step of a process.
#[derive(Debug)]
pub(crate) struct Queued {
    /// Its slot.
    pub(crate) process: usize,
    pub(crate) target: Target,
    pub(crate) step: Step,
}

#[derive(Debug)]
pub(crate) enum Step {
    /// Perform an action.
    Perform(Action),
    /// Leave: all that the process has asked for came before (rule S11).
    Leave,
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
    #[inline]
    pub(crate) fn push(&mut self, process: usize, target: Target, step: Step) {
        self.all.push_back(Queued { process, target, step });
    }

    pub(crate) fn push_leaving(&mut self, process: usize) {
        self.leavings += 1;
        self.push(process, Target::None, Step::Leave);
    }

    /// The next step.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<Queued> {
        let next = self.all.pop_front()?;
        if matches!(next.step, Step::Leave) {
            self.leavings -= 1;
        }
        Some(next)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// How many actions there are.
    pub(crate) fn actions(&self) -> usize {
        self.all.len() - self.leavings
    }

    /// Gives back memory that only a burst needed.
    pub(crate) fn rest(&mut self) {
        if self.all.is_empty() && self.all.capacity() > KEPT {
            self.all.shrink_to(KEPT);
        }
    }

    pub(super) fn last_mut(&mut self) -> Option<&mut Queued> {
        self.all.back_mut()
    }

    pub(super) fn pop_last(&mut self) -> Option<Queued> {
        self.all.pop_back()
    }

    /// The steps from this one on, which are taken off the queue.
    pub(super) fn drain_from(&mut self, start: usize) -> impl Iterator<Item = Queued> {
        self.all.drain(start..)
    }
}
