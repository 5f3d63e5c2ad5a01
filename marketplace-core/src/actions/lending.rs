//! The VM's side: it lends its actions to each turn, and takes them back.

use std::mem;
use std::sync::Arc;

use anyhow::anyhow;

use super::{Actions, Endpoints, Load, Step};
use crate::panic::guarded_drop;
use crate::trace::Watch;
use crate::{Action, Reason};

impl Actions {
    /// Begins a turn of a process, whose endpoints are `endpoints` and of whom so many actions wait inside: how many
    /// endpoints have been asked for, in case these do not come back.
    #[inline]
    pub(crate) fn begin_turn(&mut self, process: usize, endpoints: &mut Endpoints, inside: usize) -> u64 {
        mem::swap(&mut self.endpoints, endpoints);
        self.turn.is_lent = true;
        self.turn.process = process;
        self.turn.start = self.queue.len();
        self.load = Load { turns: 0, pending: inside };
        self.serial
    }

    /// Ends a turn: the reason of a process that has quit, or the error of one that has failed, of which no
    /// action is left.
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

    /// Ends a turn whose actor has put these in the place of those it was lent.
    #[cold]
    fn reject_replaced(&mut self, outcome: anyhow::Result<()>, serial: u64) -> anyhow::Result<Option<Reason>> {
        let others = mem::replace(self, Self { serial, ..Self::new(false) });
        guarded_drop(others, "the `Actions` by which an actor replaced its own");
        guarded_drop(outcome, "the result of a turn");
        Err(anyhow!("the actor has replaced the `Actions` that it was lent by others"))
    }

    /// Has these be again what the VM's are, after a turn that failed: it may have put others in their place.
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

    /// Whether an action of the turn was wrong by its form.
    pub(crate) const fn has_fault(&self) -> bool {
        self.turn.fault.is_some()
    }

    /// Tells a process that boots what its name is.
    #[inline]
    pub(crate) fn lend_name(&mut self, name: Option<&Arc<str>>) {
        self.name = name.cloned();
    }

    /// The name of the process whose boot turn it is.
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
