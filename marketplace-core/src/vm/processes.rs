//! The process table: how processes are created, counted and removed.

mod turn;

use std::collections::BTreeSet;
use std::sync::Arc;

use slab::Slab;
use tracing::debug;

use super::entry::{Entry, Monitor};
use crate::loss::Losses;
use crate::panic::{guarded_drop, guarded_drops};
use crate::pid::{RunningProcess, VmIdentity};
use crate::trace::Watch;
use crate::{Actions, AnyMessage, Counters, Event, Orientation, Pid, Reason, Spawn, Token};

/// The processes of a VM, and their pending actions.
pub(super) struct Processes {
    identity: Arc<VmIdentity>,
    running: RunningProcess,
    /// Whether the VM is contained in another one.
    has_meta: bool,
    table: Slab<Entry>,
    /// The slots of the processes that may have a VM inside.
    nested: BTreeSet<usize>,
    next_serial: u64,
    pub(super) actions: Actions,
    /// The turns taken so far.
    turns: usize,
    /// The turns that were not for a message.
    other_turns: usize,
    /// The turns taken so far inside nested VMs.
    turns_inside: usize,
    /// The actions pending inside nested VMs.
    inside: usize,
    pub(super) counted: Counters,
    /// The counters and traces of the VM. Its `actions` have them, too, but an actor may replace those.
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

    /// The same, requested by the process in the slot `by`, and monitored by `monitor`.
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

    /// Visits the processes that may have a VM inside. The others cost nothing.
    pub(super) fn each_nested(&mut self, mut visit: impl FnMut(&mut Entry)) {
        for slot in &self.nested {
            self.table.get_mut(*slot).into_iter().for_each(&mut visit);
        }
    }

    /// What has been counted here, and in nested VMs that have ended.
    pub(super) fn counted(&self) -> Counters {
        let (turns, deliveries) = (self.turns as u64, (self.turns - self.other_turns) as u64);
        let mut counted = Counters { turns, deliveries, ..self.counted };
        counted += self.watch.tally.get();
        counted
    }

    pub(super) fn get_mut(&mut self, slot: usize) -> Option<&mut Entry> {
        self.table.get_mut(slot)
    }

    /// The slot of a process, if it is in this VM and still exists.
    pub(super) fn slot_of(&self, pid: &Pid) -> Option<usize> {
        let is_here = pid.belongs_to(&self.identity)
            && self.table.get(pid.slot).is_some_and(|entry| entry.pid.serial == pid.serial);
        is_here.then_some(pid.slot)
    }

    pub(super) fn get(&self, slot: usize) -> Option<&Entry> {
        self.table.get(slot)
    }

    pub(super) fn is_active(&self, slot: usize) -> bool {
        self.table.get(slot).is_some_and(|entry| entry.leaving.is_none())
    }

    /// The pending steps, those inside nested VMs included.
    pub(super) fn pending(&self) -> usize {
        self.actions.queue.len() + self.inside
    }

    pub(super) fn has_work(&self) -> bool {
        self.actions.queue.len() > 0
    }

    /// Drops all processes.
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

    /// Records that an action of a process has been performed.
    #[inline]
    pub(super) fn done(&mut self, slot: usize) {
        if let Some(entry) = self.table.get_mut(slot) {
            entry.pending -= 1;
            entry.go_if_idle(&mut self.actions.queue);
        }
    }

    /// Makes a process fail because its action has panicked.
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

    /// Records that a process monitors another one. `None` if it is leaving.
    pub(super) fn monitor(&mut self, slot: usize, token: Token) -> Option<Monitor> {
        let entry = self.table.get_mut(slot).filter(|entry| entry.leaving.is_none())?;
        entry.monitored += 1;
        Some(Monitor::Process(entry.pid.clone(), token))
    }

    /// Removes a process, and notifies its monitor.
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

    // Not inlined, since hardly any process is monitored.
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
