//! Messages on their way: what lights up the edges of a graph.

use std::any::TypeId;
use std::collections::VecDeque;

use crate::frame::Number;
use crate::graph::Lights;

/// How many are remembered.
const KEPT: usize = 5_000;

/// The messages that were shown last.
#[derive(Debug, Default)]
pub(crate) struct Glow {
    seen: VecDeque<Gone>,
    /// How many there have been.
    passed: u64,
}

/// A message that went from one process to another in a VM.
#[derive(Debug)]
pub(crate) struct Gone {
    pub(crate) vm: Number,
    pub(crate) publisher: Number,
    pub(crate) subscriber: Number,
    pub(crate) message_type: TypeId,
    pub(crate) is_feedback: bool,
}

impl Glow {
    pub(crate) fn add(&mut self, gone: Gone) {
        self.passed += 1;
        self.seen.push_back(gone);
        if self.seen.len() > KEPT {
            self.seen.pop_front();
        }
    }

    /// How many there have been.
    pub(crate) const fn passed(&self) -> u64 {
        self.passed
    }

    /// What has gone in a VM after so many.
    pub(crate) fn lights(&self, vm: Number, after: u64) -> Lights {
        let new = (self.passed - after.min(self.passed)).min(self.seen.len() as u64) as usize;
        let mut lights = Lights::new();
        for gone in self.seen.range(self.seen.len() - new..).filter(|gone| gone.vm == vm) {
            let lit = lights.entry((gone.publisher, gone.subscriber, gone.message_type)).or_default();
            match gone.is_feedback {
                true => lit.feedback += 1,
                false => lit.messages += 1,
            }
        }
        lights
    }
}
