//! The VM's side of [`Actions`]: it lends them to each turn, and takes them back.

use std::mem;
use std::sync::Arc;

use anyhow::anyhow;

use super::{Actions, Endpoints, Load, Step};
use crate::panic::guarded_drop;
use crate::trace::Watch;
use crate::{Action, Reason};

impl Actions {
    /// Begins a turn of a process that has these `endpoints` and so many actions pending inside. Returns how many
    /// endpoints have been requested so far, in case the actor replaces these `Actions`.
    #[inline]
    pub(crate) fn begin_turn(&mut self, process: usize, endpoints: &mut Endpoints, inside: usize) -> u64 {
        mem::swap(&mut self.endpoints, endpoints);
        self.turn.is_lent = true;
        self.turn.process = process;
        self.turn.start = self.queue.len();
        self.load = Load { turns: 0, pending: inside };
        self.serial
    }

    /// Ends a turn. The result is the reason of a process that has quit, or the error of a process that has failed.
    /// The actions of a failed turn are dropped.
    #[inline(always)]
    pub(crate) fn end_turn(
        &mut self,
        endpoints: &mut Endpoints,
        outcome: anyhow::Result<()>,
        serial: u64,
    ) -> anyhow::Result<Option<Reason>> {
        if !mem::take(&mut self.turn.is_lent) {
            return self.reject_replaced(outcome, serial);
        }
        mem::swap(&mut self.endpoints, endpoints);
        match outcome {
            Ok(()) if self.turn.quit.is_none() && self.turn.fault.is_none() => Ok(None),
            outcome => self.end_last_turn(outcome),
        }
    }

    /// Ends a turn whose actor has replaced the `Actions` that it was lent.
    #[cold]
    fn reject_replaced(
        &mut self,
        outcome: anyhow::Result<()>,
        serial: u64,
    ) -> anyhow::Result<Option<Reason>> {
        let others = mem::replace(self, Self { serial, ..Self::new(false) });
        guarded_drop(others, "the `Actions` by which an actor replaced its own");
        guarded_drop(outcome, "the result of a turn");
        Err(anyhow!("the actor has replaced the `Actions` that it was lent with others"))
    }

    /// Restores what a failed turn may have replaced.
    pub(crate) fn recover(&mut self, has_meta: bool, watch: &Watch) {
        self.has_meta = has_meta;
        self.watch.clone_from(watch);
    }

    /// Ends a turn after which the process leaves.
    #[cold]
    fn end_last_turn(&mut self, outcome: anyhow::Result<()>) -> anyhow::Result<Option<Reason>> {
        let (quit, fault) = (self.turn.quit.take(), self.turn.fault.take());
        let error = match (outcome, fault) {
            (Ok(()), None) => return Ok(quit),
            (Ok(()), Some(fault)) => fault,
            (Err(error), fault) => {
                guarded_drop(fault, "the error of an invalid action");
                error
            }
        };
        guarded_drop(quit, "the reason of a quit");
        self.queue.truncate(self.turn.start, "an action of a failed turn");
        Err(error)
    }

    /// Whether an action of the turn was invalid.
    pub(crate) const fn has_fault(&self) -> bool {
        self.turn.fault.is_some()
    }

    /// Records the name of the process that is about to boot.
    #[inline]
    pub(crate) fn lend_name(&mut self, name: Option<&Arc<str>>) {
        self.name = name.cloned();
    }

    /// The name of the process that is booting.
    pub(crate) const fn lent_name(&self) -> Option<&Arc<str>> {
        self.name.as_ref()
    }

    /// The actions that the turn has emitted.
    pub(crate) fn emitted_actions(&self) -> impl Iterator<Item = &Action> {
        self.queue.iter().skip(self.turn.start).filter_map(|step| match step {
            Step::Perform(_, _, action) => Some(action),
            Step::Leave(_) => None,
        })
    }
}
