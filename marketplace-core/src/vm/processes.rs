//! The process table: who takes turns, and in which order actions are performed.

use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;

use futures::future::AbortHandle;
use slab::Slab;
use tracing::{debug, error, info};

use crate::actions::Rooms;
use crate::panic::{guard, guarded_drop, guarded_drops};
use crate::pid::VmIdentity;
use crate::{Action, Actions, Actor, Event, Pid, Reason, Spawn, Token};

/// The processes of a VM and the queue of those with something to perform.
pub(super) struct Processes {
    identity: Arc<VmIdentity>,
    table: Slab<Entry>,
    next_serial: u64,
    /// The processes with actions in the current round (rule S4), and how many of them are done with.
    round: Vec<usize>,
    done: usize,
    next_round: Vec<usize>,
    rooms: Rooms,
    has_meta: bool,
    /// Turns taken so far, those inside nested VMs counted.
    pub(super) turns: usize,
    /// Actions waiting, those inside nested VMs counted.
    pub(super) pending: usize,
}

/// A process.
pub(super) struct Entry {
    pub(super) pid: Pid,
    name: Option<Arc<str>>,
    actor: Box<dyn Actor>,
    pub(super) actions: Actions,
    /// Set once the process is leaving: the first reason (rule S11).
    pub(super) leaving: Option<Reason>,
    queued: bool,
    /// How many of the actions belong to the current round.
    share: usize,
    /// The requests whose answers will come from outside, by the token they have there.
    pub(super) outstanding: BTreeMap<usize, Option<CancelOnDrop>>,
}

/// Cancels a task when its process goes, or when a VM around it does.
pub(super) struct CancelOnDrop(pub(super) AbortHandle);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What to do next.
pub(super) enum Next {
    /// An action of the process in this slot.
    Perform(usize, Action),
    /// The process in this slot has nothing left to perform and goes, with the reason or silently.
    Leave(usize, Option<Reason>),
}

impl Processes {
    pub(super) fn new(has_meta: bool) -> Self {
        Self {
            identity: Arc::default(),
            table: Slab::new(),
            next_serial: 0,
            round: Vec::new(),
            done: 0,
            next_round: Vec::new(),
            rooms: Rooms::default(),
            has_meta,
            turns: 0,
            pending: 0,
        }
    }

    /// Creates a process and boots it.
    pub(super) fn spawn(&mut self, spawn: Spawn) -> Pid {
        let (name, actor) = spawn.into_parts();
        let vacant = self.table.vacant_entry();
        let pid = Pid::new(&self.identity, vacant.key(), self.next_serial);
        self.next_serial += 1;
        debug!(?pid, name = name.as_deref(), "process starts");
        vacant.insert(Entry {
            pid: pid.clone(),
            name,
            actor,
            actions: Actions::new(self.has_meta),
            leaving: None,
            queued: false,
            share: 0,
            outstanding: BTreeMap::new(),
        });
        self.turn(pid.slot, Event::Boot { pid: pid.clone() });
        pid
    }

    pub(super) fn get_mut(&mut self, slot: usize) -> Option<&mut Entry> {
        self.table.get_mut(slot)
    }

    /// The slot of a process of this VM that is still there.
    pub(super) fn slot_of(&self, pid: &Pid) -> Option<usize> {
        let is_here = pid.belongs_to(&self.identity)
            && self.table.get(pid.slot).is_some_and(|entry| entry.pid.serial == pid.serial);
        is_here.then_some(pid.slot)
    }

    /// Runs one turn, unless the process is leaving; whether it ran.
    #[inline(always)]
    pub(super) fn turn(&mut self, slot: usize, event: Event<'_>) -> bool {
        self.turn_with(slot, |actor, actions| actor.handle(event, actions))
    }

    /// Runs one turn that is `work` rather than an event of the actor's.
    #[inline(always)]
    pub(super) fn turn_with(
        &mut self,
        slot: usize,
        work: impl FnOnce(&mut dyn Actor, &mut Actions) -> anyhow::Result<()>,
    ) -> bool {
        let Some(entry) = self.table.get_mut(slot).filter(|entry| entry.leaving.is_none()) else {
            return false;
        };
        let before = entry.pending();
        entry.actions.take_room(&mut self.rooms);
        entry.turn(work);
        entry.actions.give_up_room(&mut self.rooms);
        self.turns += 1 + entry.actions.load().turns;
        self.pending = self.pending + entry.pending() - before;
        if !entry.queued && entry.has_business() {
            entry.queued = true;
            self.next_round.push(slot);
        }
        true
    }

    pub(super) fn is_staying(&self, slot: usize) -> bool {
        self.table.get(slot).is_some_and(|entry| entry.leaving.is_none())
    }

    /// Whether there is anything to do.
    pub(super) fn has_business(&self) -> bool {
        self.done < self.round.len() || !self.next_round.is_empty()
    }

    /// Makes a process leave, unless it is leaving already.
    pub(super) fn leave(&mut self, slot: usize, reason: Reason) {
        let Some(entry) = self.table.get_mut(slot) else { return };
        entry.leaving.get_or_insert(reason);
        if !mem::replace(&mut entry.queued, true) {
            self.next_round.push(slot);
        }
    }

    pub(super) fn remove(&mut self, slot: usize) {
        let Some(entry) = self.table.try_remove(slot) else { return };
        self.pending -= entry.pending();
        guarded_drop(entry, "a process");
    }

    /// What to do next, if there is anything to do.
    #[inline]
    pub(super) fn next(&mut self) -> Option<Next> {
        loop {
            let Some(&slot) = self.round.get(self.done) else {
                if self.next_round.is_empty() {
                    return None;
                }
                self.begin_round();
                continue;
            };
            let Some(entry) = self.table.get_mut(slot) else {
                self.done += 1;
                continue;
            };
            if entry.share > 0
                && let Some(action) = entry.actions.next(&mut self.rooms)
            {
                entry.share -= 1;
                self.pending -= 1;
                return Some(Next::Perform(slot, action));
            }
            self.done += 1;
            entry.queued = entry.actions.pending() > 0;
            if entry.queued {
                self.next_round.push(slot);
            } else if entry.leaving.is_some() || entry.is_idle_for_ever() {
                return Some(Next::Leave(slot, entry.leaving.clone()));
            }
        }
    }

    fn begin_round(&mut self) {
        mem::swap(&mut self.round, &mut self.next_round);
        self.next_round.clear();
        self.done = 0;
        for slot in &self.round {
            if let Some(entry) = self.table.get_mut(*slot) {
                entry.share = entry.actions.pending();
            }
        }
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        guarded_drops(self.table.drain(), "a process");
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        // Apart from the process: two panics at once would be the end of everything.
        guarded_drop(self.leaving.take(), "the reason of a process");
    }
}

impl Entry {
    #[inline(always)]
    fn turn(&mut self, work: impl FnOnce(&mut dyn Actor, &mut Actions) -> anyhow::Result<()>) {
        self.actions.begin_turn();
        let Self { actor, actions, .. } = self;
        let outcome = guard(|| work(&mut **actor, actions)).unwrap_or_else(Err);
        match outcome.and_then(|()| self.actions.end_turn()) {
            Ok(None) => {}
            Ok(Some(reason)) => self.quit(reason),
            Err(error) => self.fail(error),
        }
    }

    fn quit(&mut self, reason: Reason) {
        self.leaving = Some(reason.clone());
        // A reason of a user's may panic when it is shown.
        let _ = guard(|| info!(pid = ?self.pid, name = self.name.as_deref(), %reason, "process quits"));
    }

    fn fail(&mut self, error: anyhow::Error) {
        let reason = Reason::error(error);
        self.leaving = Some(reason.clone());
        // The process fails for its first reason, whatever panics now.
        guarded_drops(self.actions.discard_turn(), "an action of a failed turn");
        let _ = guard(|| {
            error!(pid = ?self.pid, name = self.name.as_deref(), error = format!("{reason:#}"), "process fails");
        });
    }

    /// Actions waiting, those inside counted.
    fn pending(&self) -> usize {
        self.actions.pending() + self.actions.load().pending
    }

    fn has_business(&self) -> bool {
        self.actions.pending() > 0 || self.leaving.is_some() || self.is_idle_for_ever()
    }

    /// Whether nothing can ever happen to the process any more (rule S12).
    fn is_idle_for_ever(&self) -> bool {
        self.actions.pending() == 0 && !self.actions.has_endpoints() && self.outstanding.is_empty()
    }

    pub(super) fn answered(&mut self, outside: Token) {
        self.outstanding.remove(&(outside.0 as usize));
    }
}
