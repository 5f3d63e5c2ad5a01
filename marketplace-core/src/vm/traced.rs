//! What a VM does while it is traced: the same as otherwise, and it reports what it does.

use std::sync::Arc;

use super::entry::Entry;
use super::index::Index;
use super::members::Member;
use super::processes::Processes;
use super::{SLICE, VirtualMachine};
use crate::actions::{Step, Target};
use crate::inspection::Look;
use crate::panic::guard;
use crate::trace::{Tracer, Tracers};
use crate::{
    Action, Actions, Actor, AnyMessage, EndpointId, Event, EventKinds, Interest, NetworkAction, Orientation,
    Pid, Reason, Role, TraceEvent, Value,
};

/// Which traces receive events.
impl VirtualMachine {
    /// Uses the traces of the containing VM.
    pub(crate) fn trace_as(&mut self, outside: &Tracers) {
        self.processes.set_tracers(match &self.pid {
            Some(pid) => outside.inside(pid),
            None => outside.clone(),
        });
    }

    /// The same for the VMs inside, which might take no turn in which they would notice it.
    pub(crate) fn trace_all_as(&mut self, outside: &Tracers) {
        self.trace_as(outside);
        let tracers = self.processes.tracers().clone();
        self.processes.each_nested(|entry| entry.inspect(Look::Trace(&tracers)));
    }

    /// Reports what is lost when the VM ends.
    #[cold]
    pub(super) fn trace_end(&mut self, reason: &Reason) {
        let Tracers { processes: Some(lives), everything: rest } = self.processes.tracers().clone() else {
            return;
        };
        // Only once.
        self.processes.set_tracers(Tracers::default());
        for step in self.processes.actions.queue.iter() {
            if let (Step::Perform(slot, _, action), Some(tracer)) = (step, &rest)
                && let Some(entry) = self.processes.get(*slot)
            {
                tracer.trace(&TraceEvent::Discarded { pid: &entry.pid, action });
            }
        }
        let mut entries: Vec<_> = self.processes.iter_mut().collect();
        entries.sort_unstable_by_key(|entry| entry.pid.serial);
        entries.into_iter().for_each(|entry| entry.trace_left(&lives, reason));
    }
}

impl Entry {
    /// Reports that the process is leaving, and whether it has failed.
    pub(super) fn trace_leaving(&self, tracers: &Tracers, has_failed: bool) {
        let (Some(lives), Some(reason)) = (&tracers.processes, &self.leaving) else { return };
        let pid = &self.pid;
        if has_failed {
            lives.trace(&TraceEvent::Failed { pid, reason });
        }
        lives.trace(&TraceEvent::ProcessLeaving { pid, reason });
    }

    /// Reports that the process is gone, after all processes inside it.
    fn trace_left(&mut self, lives: &Tracer, reason: &Reason) {
        self.inspect(Look::Leave(reason));
        lives.trace(&TraceEvent::ProcessLeft { pid: &self.pid, name: self.name.as_deref(), reason });
    }
}

impl Processes {
    /// The traces that receive the lives of processes, and those that receive everything.
    const fn tracers(&self) -> &Tracers {
        &self.actions.watch.tracers
    }

    fn set_tracers(&mut self, tracers: Tracers) {
        self.watch.tracers = tracers;
        self.actions.watch.clone_from(&self.watch);
    }

    /// The traces that receive everything.
    fn tracer(&self) -> Option<Arc<Tracer>> {
        self.tracers().everything.clone()
    }

    fn trace(&self, event: &TraceEvent<'_>) {
        if let Some(tracer) = &self.tracers().everything {
            tracer.trace(event);
        }
    }
}

/// Turns.
impl Processes {
    #[cold]
    #[inline(never)]
    pub(super) fn turn_traced(&mut self, slot: usize, event: Event<'_>) -> bool {
        if !self.trace_turn(slot, Some(&event)) {
            return false;
        }
        let is_message = matches!(event, Event::Message { .. });
        self.work_traced(slot, is_message, |actor, actions| actor.handle(event, actions))
    }

    /// Reports that a turn begins, unless the process is leaving. Returns whether it begins.
    pub(super) fn trace_turn(&self, slot: usize, cause: Option<&Event<'_>>) -> bool {
        let Some(entry) = self.get(slot).filter(|entry| entry.leaving.is_none()) else { return false };
        self.trace(&TraceEvent::TurnBegan { pid: &entry.pid, name: entry.name.as_deref(), cause });
        true
    }

    /// Runs a turn whose beginning has been reported.
    pub(super) fn work_traced(
        &mut self,
        slot: usize,
        is_message: bool,
        work: impl FnOnce(&mut dyn Actor, &mut Actions) -> anyhow::Result<()>,
    ) -> bool {
        let (Some(tracer), Some(pid)) = (self.tracer(), self.get(slot).map(|entry| entry.pid.clone())) else {
            return false;
        };
        let work = |actor: &mut dyn Actor, actions: &mut Actions| {
            let outcome = guard(|| work(actor, actions)).unwrap_or_else(Err);
            if outcome.is_err() || actions.has_fault() {
                let discarded = actions.emitted_actions();
                discarded.for_each(|action| tracer.trace(&TraceEvent::Discarded { pid: &pid, action }));
            }
            outcome
        };
        let is_run = if is_message { self.turn_with(slot, work) } else { self.other_turn_with(slot, work) };
        tracer.trace(&TraceEvent::TurnEnded { pid: &pid });
        is_run
    }

    #[cold]
    pub(super) fn trace_discarded(&self, slot: usize, action: &Action) {
        if let Some(entry) = self.get(slot) {
            self.trace(&TraceEvent::Discarded { pid: &entry.pid, action });
        }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn trace_started(&self, slot: usize, by: Option<usize>) {
        if let (Some(lives), Some(entry)) = (&self.tracers().processes, self.get(slot)) {
            let by = by.and_then(|by| self.get(by)).map(|by| &by.pid);
            lives.trace(&TraceEvent::ProcessStarted { pid: &entry.pid, name: entry.name.as_deref(), by });
        }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn trace_left(&mut self, slot: usize, reason: &Reason) {
        let lives = self.tracers().processes.clone();
        if let (Some(lives), Some(entry)) = (lives, self.get_mut(slot)) {
            entry.trace_left(&lives, reason);
        }
    }
}

/// Endpoints.
impl Processes {
    #[cold]
    pub(super) fn trace_added(&self, own: Member, name: &Value, role: &Role) {
        if let Some(pid) = self.pid(own.process) {
            let (id, kinds) = (EndpointId(own.serial), own.kinds);
            self.trace(&TraceEvent::EndpointAdded { pid, id, name, role, kinds });
        }
    }

    #[cold]
    pub(super) fn trace_updated(&self, before: Member, kinds: EventKinds) {
        if let Some(pid) = self.pid(before.process) {
            self.trace(&TraceEvent::EndpointUpdated { pid, id: EndpointId(before.serial), kinds });
        }
    }

    #[cold]
    pub(super) fn trace_deleted(&self, own: Member, role: &Role, reason: &Reason) {
        if let Some(pid) = self.pid(own.process) {
            self.trace(&TraceEvent::EndpointDeleted { pid, id: EndpointId(own.serial), role, reason });
        }
    }

    /// Reports that an endpoint has got or lost a peer. If the endpoint handles this event, runs its turn.
    pub(super) fn pair_traced(&mut self, told: &Member, is_handled: bool, event: Event<'_>) {
        self.trace_pair(told, &event);
        if is_handled {
            self.turn_traced(told.process, event);
        }
    }

    fn trace_pair(&self, told: &Member, event: &Event<'_>) {
        let Some(pid) = self.pid(told.process) else { return };
        let id = EndpointId(told.serial);
        match event {
            Event::Presence { peer, role, .. } => {
                self.trace(&TraceEvent::Presence { pid, id, peer: *peer, role });
            }
            Event::Absence { peer, role, reason, .. } => {
                self.trace(&TraceEvent::Absence { pid, id, peer: *peer, role, reason });
            }
            _ => {}
        }
    }

    /// Reports an action of a process at the meta level.
    #[cold]
    pub(super) fn trace_meta_action(&self, slot: usize, target: Target, action: &NetworkAction) {
        let Some(entry) = self.get(slot) else { return };
        let endpoint = match target {
            Target::None => None,
            Target::New(id) | Target::Existing(id) => entry.endpoints.get(id),
        };
        let endpoint = endpoint.map(|installed| EndpointId(installed.serial));
        self.trace(&TraceEvent::MetaAction { pid: &entry.pid, action, endpoint });
    }
}

/// Messages.
impl VirtualMachine {
    /// Performs a slice as [`Self::perform_rest`] does, and traces each message. Whether to trace is decided once for
    /// each slice, not for each message, so that an untraced message pays nothing.
    #[cold]
    #[inline(never)]
    pub(super) fn perform_rest_traced(&mut self, start: usize, performed: &mut usize, outside: &mut Actions) {
        loop {
            let done = *performed + (self.processes.all_turns() - start);
            if done >= SLICE {
                return;
            }
            let Some((slot, orientation, message)) = self.processes.actions.queue.pop_send() else {
                if !self.processes.has_work() {
                    return;
                }
                // Only the next one.
                self.limit = done + 1;
                self.perform_rest(start, performed, outside);
                continue;
            };
            *performed += 1;
            self.performing = Some(slot);
            let is_taken = self.processes.send_traced(&self.index, slot, orientation, &message);
            self.processes.count(is_taken, orientation, &message);
            drop(message);
            self.performing = None;
            self.processes.done(slot);
        }
    }
}

impl Processes {
    /// Delivers a message to its receivers. Returns whether a participant received it.
    fn send_traced(
        &mut self,
        index: &Index,
        slot: usize,
        orientation: Orientation,
        message: &AnyMessage,
    ) -> bool {
        let (Some(tracer), Some(pid)) = (self.tracer(), self.pid(slot).cloned()) else { return false };
        tracer.trace(&TraceEvent::MessageSent { pid: &pid, orientation, message });
        let mut further = Vec::new();
        let first = index.receivers(orientation, message, &mut further);
        let lists = first.into_iter().chain(further);
        let mut members: Vec<Member> = lists.flat_map(|members| members.iter()).copied().collect();
        members.sort_unstable_by_key(|member| member.serial);
        let mut is_taken = false;
        for member in members {
            is_taken |=
                self.deliver_traced(&tracer, member, message) && member.interest == Interest::Participant;
        }
        tracer.trace(&match is_taken {
            true => TraceEvent::MessageReceived { pid: &pid, orientation, message },
            false => TraceEvent::MessageDropped { pid: &pid, orientation, message },
        });
        is_taken
    }

    /// Delivers a message to an endpoint. Returns whether its process exists.
    fn deliver_traced(&mut self, tracer: &Tracer, member: Member, message: &AnyMessage) -> bool {
        let Member { serial, process, token, kinds, .. } = member;
        let Some(pid) = self.pid(process).filter(|_| self.is_active(process)) else { return false };
        tracer.trace(&TraceEvent::MessageDelivered { pid, id: EndpointId(serial), message });
        if kinds.contains(EventKinds::MESSAGE) {
            self.turn_traced(process, Event::Message { token, message });
        }
        true
    }

    fn pid(&self, slot: usize) -> Option<&Pid> {
        Some(&self.get(slot)?.pid)
    }
}
