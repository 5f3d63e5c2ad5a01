//! Turns: how a process of the table handles an event.

use std::mem;

use super::Processes;
use crate::panic::guard;
use crate::{Actions, Actor, Event};

impl Processes {
    /// Whether a trace receives everything that happens.
    #[inline]
    pub(in crate::vm) const fn is_traced(&self) -> bool {
        self.actions.watch.tracers.everything.is_some()
    }

    /// Whether a trace receives the lives of processes.
    #[inline]
    pub(in crate::vm) const fn is_followed(&self) -> bool {
        self.actions.watch.tracers.processes.is_some()
    }

    /// Runs one turn, unless the process is leaving. Returns whether it ran.
    #[inline(always)]
    pub(in crate::vm) fn turn(&mut self, slot: usize, event: Event<'_>) -> bool {
        if self.is_traced() { self.turn_traced(slot, event) } else { self.quiet_turn(slot, event) }
    }

    /// The same, without a trace.
    #[inline(always)]
    pub(in crate::vm) fn quiet_turn(&mut self, slot: usize, event: Event<'_>) -> bool {
        self.other_turn_with(slot, |actor, actions| actor.handle(event, actions))
    }

    /// Runs `work` as a turn, unless the process is leaving. Returns whether it ran.
    #[inline]
    pub(in crate::vm) fn other_turn_with(
        &mut self,
        slot: usize,
        work: impl FnOnce(&mut dyn Actor, &mut Actions) -> anyhow::Result<()>,
    ) -> bool {
        let is_run = self.turn_with(slot, work);
        self.other_turns += usize::from(is_run);
        is_run
    }

    /// The same for a message, whose turns are not counted as other turns.
    #[inline(always)]
    pub(in crate::vm) fn turn_with(
        &mut self,
        slot: usize,
        work: impl FnOnce(&mut dyn Actor, &mut Actions) -> anyhow::Result<()>,
    ) -> bool {
        let Self { running, has_meta, table, actions, turns, turns_inside, inside, counted, watch, .. } =
            self;
        let Some(entry) = table.get_mut(slot).filter(|entry| entry.leaving.is_none()) else {
            return false;
        };
        running.begin(&entry.pid);
        let serial = actions.begin_turn(slot, &mut entry.endpoints, entry.inside);
        let outcome = guard(|| work(&mut *entry.actor, actions)).unwrap_or_else(Err);
        let ended = actions.end_turn(&mut entry.endpoints, outcome, serial);
        entry.pending += actions.emitted();
        let load = actions.load();
        entry.turns += 1;
        *turns += 1;
        *turns_inside += load.turns;
        *inside = *inside + load.pending - mem::replace(&mut entry.inside, load.pending);
        match ended {
            Ok(None) => entry.go_if_idle(&mut actions.queue),
            Ok(Some(reason)) => entry.quit(reason, &mut actions.queue, &watch.tracers),
            Err(error) => {
                actions.recover(*has_meta, watch);
                entry.fail(error, &mut actions.queue, counted, &watch.tracers);
            }
        }
        true
    }

    /// Records that no process is running.
    pub(in crate::vm) fn rest(&self) {
        self.running.rest();
    }

    /// The turns taken so far, those inside nested VMs included.
    pub(in crate::vm) const fn all_turns(&self) -> usize {
        self.turns + self.turns_inside
    }
}
