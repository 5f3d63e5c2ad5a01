//! Which answers an ask waits for: the first one, or those of all answerers.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use super::error::AskError;
use crate::EndpointId;
use crate::panic::{guarded_drop, guarded_drops};

/// Collects the results from the answerers of a question, until there are enough.
pub(super) trait Gathering<A>: Send + 'static {
    /// What the asker gets in the end.
    type Outcome;

    /// Adds an answerer to wait for. They are added in the order of their numbers.
    fn wait_for(&mut self, answerer: EndpointId);

    /// Records the result from an answerer.
    fn record(&mut self, answerer: EndpointId, outcome: Result<A, AskError>);

    /// Records that the missing results are waited for no longer.
    fn give_up(&mut self, error: AskError);

    /// Whether there are enough results.
    fn is_over(&self) -> bool;

    /// The results.
    fn into_outcome(self) -> Self::Outcome;
}

/// Waits for the first answer.
pub(super) struct First<A> {
    waiting: BTreeSet<EndpointId>,
    /// The last result.
    outcome: Result<A, AskError>,
}

impl<A> First<A> {
    /// Waits for no answerer yet. `nobody` is the result if there is none.
    pub(super) const fn new(nobody: AskError) -> Self {
        Self { waiting: BTreeSet::new(), outcome: Err(nobody) }
    }
}

impl<A: Send + 'static> Gathering<A> for First<A> {
    type Outcome = Result<A, AskError>;

    fn wait_for(&mut self, answerer: EndpointId) {
        self.waiting.insert(answerer);
    }

    fn record(&mut self, answerer: EndpointId, outcome: Result<A, AskError>) {
        // An answer counts even if its sender is not waited for.
        if self.waiting.remove(&answerer) || outcome.is_ok() {
            self.outcome = outcome;
        }
    }

    fn give_up(&mut self, error: AskError) {
        self.waiting.clear();
        self.outcome = Err(error);
    }

    fn is_over(&self) -> bool {
        self.waiting.is_empty() || self.outcome.is_ok()
    }

    fn into_outcome(self) -> Self::Outcome {
        self.outcome
    }
}

/// Waits for all answers.
pub(super) struct All<A> {
    waiting: usize,
    outcomes: BTreeMap<EndpointId, Option<Result<A, AskError>>>,
}

impl<A> All<A> {
    pub(super) const fn new() -> Self {
        Self { waiting: 0, outcomes: BTreeMap::new() }
    }
}

impl<A: Send + 'static> Gathering<A> for All<A> {
    type Outcome = Vec<Result<A, AskError>>;

    fn wait_for(&mut self, answerer: EndpointId) {
        self.waiting += usize::from(self.outcomes.insert(answerer, None).is_none());
    }

    fn record(&mut self, answerer: EndpointId, outcome: Result<A, AskError>) {
        match self.outcomes.get_mut(&answerer) {
            Some(waiting @ None) => {
                *waiting = Some(outcome);
                self.waiting -= 1;
            }
            _ => guarded_drop(outcome, "an answer that nobody waits for"),
        }
    }

    fn give_up(&mut self, error: AskError) {
        self.waiting = 0;
        for waiting in self.outcomes.values_mut().filter(|outcome| outcome.is_none()) {
            *waiting = Some(Err(error.clone()));
        }
    }

    fn is_over(&self) -> bool {
        self.waiting == 0
    }

    fn into_outcome(mut self) -> Self::Outcome {
        mem::take(&mut self.outcomes).into_values().flatten().collect()
    }
}

impl<A> Drop for All<A> {
    fn drop(&mut self) {
        guarded_drops(mem::take(&mut self.outcomes).into_values(), "an answer");
    }
}
