//! The process table: who takes turns, and who leaves.

use std::collections::BTreeSet;
use std::mem;
use std::sync::Arc;

use slab::Slab;
use tracing::debug;

use super::entry::{Entry, Monitor};
use crate::loss::Losses;
use crate::panic::{guard, guarded_drop, guarded_drops};
use crate::pid::{RunningProcess, VmIdentity};
use crate::trace::Watch;
use crate::{Actions, Actor, AnyMessage, Counters, Event, Orientation, Pid, Reason, Spawn, Token};

/// The processes of a VM, and what they have asked for.
pub(super) struct Processes {
    identity: Arc<VmIdentity>,
    running: RunningProcess,
    /// Whether there is a network around the VM.
    has_meta: bool,
    table: Slab<Entry>,
    /// The slots of those that may have a VM inside.
    nested: BTreeSet<usize>,
    next_serial: u64,
    pub(super) actions: Actions,
    /// Turns taken so far.
    turns: usize,
    /// Those that were not taken for a message.
    other_turns: usize,
    /// Turns taken so far inside nested VMs.
    turns_inside: usize,
    /// Actions waiting inside nested VMs.
    inside: usize,
    pub(super) counted: Counters,
    /// What the VM is watched by. Its actions have it too, and lose it to an actor that puts others in their place.
    pub(super) watch: Watch,
}

impl Processes {
    pub(super) fn new(has_meta: bool) -> Self {
        let mut actions = Actions::new(has_meta);
        if !has_meta {
            actions.watch.losses = Losses::new();
        }
        let watch = actions.watch.clone();
        let running = RunningProcess::default();
        Self {
            identity: running.identity(),
            running,
            has_meta,
            table: Slab::new(),
            nested: BTreeSet::new(),
            next_serial: 0,
            actions,
            turns: 0,
            other_turns: 0,
            turns_inside: 0,
            inside: 0,
            counted: Counters::default(),
            watch,
        }
    }

    /// Creates a process and boots it.
    pub(super) fn spawn(&mut self, spawn: Spawn) -> Pid {
        self.spawn_by(None, spawn, None)
    }

    /// The same, asked for by the process in a slot, and with somebody who is told of its end.
    pub(super) fn spawn_by(&mut self, by: Option<usize>, spawn: Spawn, monitor: Option<Monitor>) -> Pid {
        let (name, actor, may_nest) = spawn.into_parts();
        let pid = Pid::new(&self.identity, self.table.vacant_key(), self.next_serial);
        self.next_serial += 1;
        debug!(?pid, name = name.as_deref(), "process starts");
        self.actions.lend_name(name.as_ref());
        self.table.insert(Entry::new(pid.clone(), name, actor, may_nest, monitor));
        if may_nest {
            self.nested.insert(pid.slot);
        }
        if self.is_followed() {
            self.trace_started(pid.slot, by);
        }
        self.turn(pid.slot, Event::Boot { pid: pid.clone() });
        pid
    }

    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Entry> {
        self.table.iter_mut().map(|(_, entry)| entry)
    }

    /// Visits those that may have a VM inside, which costs nothing for the others.
    pub(super) fn each_nested(&mut self, mut visit: impl FnMut(&mut Entry)) {
        for slot in &self.nested {
            self.table.get_mut(*slot).into_iter().for_each(&mut visit);
        }
    }

    /// What has been counted here, and in nested VMs that are gone.
    pub(super) fn counted(&self) -> Counters {
        let (turns, deliveries) = (self.turns as u64, (self.turns - self.other_turns) as u64);
        let mut counted = Counters { turns, deliveries, ..self.counted };
        counted += self.watch.tally.get();
        counted
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

    pub(super) fn get(&self, slot: usize) -> Option<&Entry> {
        self.table.get(slot)
    }

    /// Whether somebody is told of all that happens.
    #[inline]
    pub(super) const fn is_traced(&self) -> bool {
        self.actions.watch.tracers.everything.is_some()
    }

    /// Whether somebody is told of the lives of processes.
    #[inline]
    pub(super) const fn is_followed(&self) -> bool {
        self.actions.watch.tracers.processes.is_some()
    }

    /// Runs one turn, unless the process is leaving; whether it ran.
    #[inline(always)]
    pub(super) fn turn(&mut self, slot: usize, event: Event<'_>) -> bool {
        if self.is_traced() { self.turn_traced(slot, event) } else { self.quiet_turn(slot, event) }
    }

    /// The same, of which nobody is told.
    #[inline(always)]
    pub(super) fn quiet_turn(&mut self, slot: usize, event: Event<'_>) -> bool {
        self.other_turn_with(slot, |actor, actions| actor.handle(event, actions))
    }

    /// Runs one turn that is `work`, unless the process is leaving; whether it ran.
    #[inline]
    pub(super) fn other_turn_with(
        &mut self,
        slot: usize,
        work: impl FnOnce(&mut dyn Actor, &mut Actions) -> anyhow::Result<()>,
    ) -> bool {
        let is_run = self.turn_with(slot, work);
        self.other_turns += usize::from(is_run);
        is_run
    }

    /// The same for a message.
    #[inline(always)]
    pub(super) fn turn_with(
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

    /// Notes that nobody is at work.
    pub(super) fn rest(&self) {
        self.running.rest();
    }

    /// Turns taken so far, those inside nested VMs counted.
    pub(super) const fn all_turns(&self) -> usize {
        self.turns + self.turns_inside
    }

    pub(super) fn is_active(&self, slot: usize) -> bool {
        self.table.get(slot).is_some_and(|entry| entry.leaving.is_none())
    }

    /// What waits to be done, inside nested VMs too.
    pub(super) fn pending(&self) -> usize {
        self.actions.queue.len() + self.inside
    }

    pub(super) fn has_work(&self) -> bool {
        self.actions.queue.len() > 0
    }

    /// Drops all processes as they are.
    pub(super) fn clear(&mut self) {
        self.nested.clear();
        guarded_drops(self.table.drain(), "a process");
    }

    /// Counts a message that has been sent.
    #[inline]
    pub(super) fn count(&mut self, is_taken: bool, orientation: Orientation, message: &AnyMessage) {
        self.counted.messages += 1;
        if !is_taken {
            self.counted.dropped += 1;
            self.watch.losses.warn(orientation, message);
        }
    }

    /// Notes that an action of a process is done.
    #[inline]
    pub(super) fn done(&mut self, slot: usize) {
        if let Some(entry) = self.table.get_mut(slot) {
            entry.pending -= 1;
            entry.go_if_idle(&mut self.actions.queue);
        }
    }

    /// Makes a process fail whose action has panicked.
    pub(super) fn fail(&mut self, slot: usize, error: anyhow::Error) {
        match self.table.get_mut(slot) {
            Some(entry) if entry.leaving.is_none() => {
                entry.fail(error, &mut self.actions.queue, &mut self.counted, &self.watch.tracers);
            }
            _ => guarded_drop(error, "the error of a process"),
        }
    }

    /// Makes a process leave, unless it is leaving already.
    pub(super) fn leave(&mut self, slot: usize, reason: Reason) {
        let Some(entry) = self.table.get_mut(slot) else { return };
        if entry.leaving.is_none() {
            entry.leaving = Some(reason);
            entry.go(&mut self.actions.queue);
            entry.trace_leaving(&self.watch.tracers, false);
        } else {
            guarded_drop(reason, "the reason of a process");
        }
    }

    /// Notes that a process is to be told of an end; nobody, if it is leaving.
    pub(super) fn monitor(&mut self, slot: usize, token: Token) -> Option<Monitor> {
        let entry = self.table.get_mut(slot).filter(|entry| entry.leaving.is_none())?;
        entry.monitored += 1;
        Some(Monitor::Process(entry.pid.clone(), token))
    }

    /// Removes a process, and tells whoever monitors it.
    pub(super) fn remove(&mut self, slot: usize, pid: Pid, reason: Reason) {
        if self.is_followed() {
            self.trace_left(slot, &reason);
        }
        let Some(mut entry) = self.table.try_remove(slot) else { return };
        self.inside -= entry.inside;
        if entry.may_nest {
            self.nested.remove(&slot);
        }
        let monitor = entry.monitor.take();
        guarded_drop(entry, "a process");
        if let Some(monitor) = monitor {
            self.notify_monitor(*monitor, pid, reason);
        }
    }

    // Apart, since hardly a process is monitored.
    #[inline(never)]
    fn notify_monitor(&mut self, monitor: Monitor, pid: Pid, reason: Reason) {
        match monitor {
            Monitor::Process(told, token) => {
                if let Some(slot) = self.slot_of(&told) {
                    self.table[slot].monitored -= 1;
                    self.turn(slot, Event::Ended { token, pid, reason });
                }
            }
            Monitor::Outside(told) => guarded_drop(told.send(reason), "the reason of a process"),
        }
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        self.clear();
    }
}
