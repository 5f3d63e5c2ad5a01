//! The latest deliveries, which highlight the edges of a graph.

use std::any::TypeId;
use std::collections::VecDeque;

use crate::frame::Number;
use crate::graph::Highlights;

/// How many deliveries are kept.
const KEPT: usize = 5_000;

/// The latest deliveries that were recorded.
#[derive(Debug, Default)]
pub(crate) struct Deliveries {
    seen: VecDeque<Delivery>,
    /// How many deliveries there have been in all.
    passed: u64,
}

/// A message that went from one process to another in a VM.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) vm: Number,
    pub(crate) publisher: Number,
    pub(crate) subscriber: Number,
    pub(crate) message_type: TypeId,
    pub(crate) is_feedback: bool,
}

impl Deliveries {
    pub(crate) fn add(&mut self, delivery: Delivery) {
        self.passed += 1;
        self.seen.push_back(delivery);
        if self.seen.len() > KEPT {
            self.seen.pop_front();
        }
    }

    /// How many deliveries there have been in all.
    pub(crate) const fn passed(&self) -> u64 {
        self.passed
    }

    /// The deliveries in a VM, without the first `after` of all.
    pub(crate) fn lights(&self, vm: Number, after: u64) -> Highlights {
        let new = (self.passed - after.min(self.passed)).min(self.seen.len() as u64) as usize;
        let mut lights = Highlights::new();
        for delivery in self.seen.range(self.seen.len() - new..).filter(|delivery| delivery.vm == vm) {
            let lit =
                lights.entry((delivery.publisher, delivery.subscriber, delivery.message_type)).or_default();
            match delivery.is_feedback {
                true => lit.feedback += 1,
                false => lit.messages += 1,
            }
        }
        lights
    }
}
