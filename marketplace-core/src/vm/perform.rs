//! One action at a time (rule S3): what each action does.

use tracing::{debug, error};

use super::members::{Member, Members};
use super::processes::Processes;
use super::{SLICE, VirtualMachine};
use crate::actions::{Step, Target};
use crate::panic::guard;
use crate::{
    Action, Actions, AnyMessage, Event, EventKinds, Interest, NetworkAction, Orientation, Pid, Reason, Spawn,
    Token,
};

impl VirtualMachine {
    /// Performs actions and removes processes, until nothing is left to do or a slice is over.
    pub(super) fn perform_slice(&mut self, start: usize, outside: &mut Actions) {
        let mut performed = 0;
        // Users' `Hash`, `Eq`, `Debug` and `Drop` run in here (rule S2).
        while let Err(error) = guard(|| {
            if self.processes.is_traced() {
                self.perform_rest_traced(start, &mut performed, outside);
            } else {
                self.limit = SLICE;
                self.perform_rest(start, &mut performed, outside);
            }
        }) {
            error!(%error, "an action panicked");
            if let Some(slot) = self.performing.take() {
                self.processes.done(slot);
                if self.ground != Some(slot) {
                    self.processes.fail(slot, error);
                }
            }
        }
        self.processes.actions.queue.rest();
    }

    /// Performs actions and removes processes, until the limit is reached.
    #[inline(never)]
    pub(super) fn perform_rest(&mut self, start: usize, performed: &mut usize, outside: &mut Actions) {
        while *performed + (self.processes.all_turns() - start) < self.limit
            && let Some(step) = self.processes.actions.queue.pop()
        {
            *performed += 1;
            match step {
                Step::Perform(slot, target, action) => {
                    self.performing = Some(slot);
                    self.perform(slot, target, action, outside);
                    self.performing = None;
                    self.processes.done(slot);
                }
                Step::Leave(slot) => self.remove_process(slot, outside),
            }
        }
    }

    #[inline(always)]
    fn perform(&mut self, slot: usize, target: Target, action: Action, outside: &mut Actions) {
        match action {
            Action::Local(NetworkAction::Send { orientation, message }) => self.send(orientation, &message),
            Action::Local(NetworkAction::Add(add)) => self.add(slot, target, add),
            Action::Local(NetworkAction::Delete { name, reason }) => {
                self.delete(slot, target, &name, &reason)
            }
            Action::Local(NetworkAction::Spawn { spawn, token, monitor }) => {
                self.spawn_child(slot, spawn, token, monitor);
            }
            Action::Local(NetworkAction::Quit { pid, reason }) => self.kill(pid.as_ref(), reason),
            Action::Meta(action) => self.perform_outside(slot, target, action, outside),
            Action::Yield(token) => {
                if !self.processes.turn(slot, Event::Resumed { token }) && self.processes.is_traced() {
                    self.processes.trace_discarded(slot, &Action::Yield(token));
                }
            }
            Action::Perform(token, task) => self.perform_task(slot, token, task, outside),
        }
    }

    /// Rule S5.
    #[inline(always)]
    fn send(&mut self, orientation: Orientation, message: &AnyMessage) {
        let Self { index, processes, .. } = self;
        let mut further = Vec::new();
        let first = index.receivers(orientation, message, &mut further);
        let is_taken = match first {
            None => false,
            Some(members) if further.is_empty() => deliver(processes, members.iter(), message),
            Some(members) => deliver_in_creation_order(processes, members, &further, message),
        };
        processes.count(is_taken, orientation, message);
    }

    /// Rule S10.
    fn spawn_child(&mut self, parent: usize, spawn: Spawn, token: Option<Token>, monitor: Option<Token>) {
        let monitor = monitor.and_then(|token| self.processes.monitor(parent, token));
        let pid = self.processes.spawn_by(Some(parent), spawn, monitor);
        if let Some(token) = token {
            self.processes.turn(parent, Event::Spawned { token, pid });
        }
    }

    /// A process that quits by itself is leaving already (rule S11).
    fn kill(&mut self, pid: Option<&Pid>, reason: Reason) {
        if let Some(slot) = pid.and_then(|pid| self.processes.slot_of(pid)) {
            self.processes.leave(slot, reason.clone());
            let _ = guard(|| debug!(?pid, %reason, "process is killed"));
        }
    }

    /// Rules S11 and S12.
    fn remove_process(&mut self, slot: usize, outside: &mut Actions) {
        let Some(entry) = self.processes.get_mut(slot) else { return };
        let (pid, reason) = (entry.pid.clone(), entry.leaving.clone());
        let endpoints = entry.endpoints.take_all();
        if let (Some(main), Some(reason)) = (&mut self.main, &reason)
            && main.pid == pid
        {
            main.left = Some(reason.clone());
        }
        let reason = reason.unwrap_or_default();
        for installed in endpoints {
            // If users' code panics, the endpoint of a process that is gone must still be removed.
            if let Err(error) = guard(|| self.withdraw(installed, &reason, outside)) {
                error!(?pid, %error, "an endpoint panicked while its process left");
            }
        }
        let _ = guard(|| debug!(?pid, %reason, "process is gone"));
        self.processes.remove(slot, pid, reason);
    }
}

/// Delivers a message to endpoints, one after the other. Returns whether a participant received it.
#[inline(always)]
fn deliver<'a>(
    processes: &mut Processes,
    members: impl Iterator<Item = &'a Member>,
    message: &AnyMessage,
) -> bool {
    let mut is_taken = false;
    for member in members {
        let Member { process, token, interest, kinds, .. } = *member;
        let is_there = if kinds.contains(EventKinds::MESSAGE) {
            processes
                .turn_with(process, |actor, actions| actor.handle(Event::Message { token, message }, actions))
        } else {
            processes.is_active(process)
        };
        is_taken |= is_there && interest == Interest::Participant;
    }
    is_taken
}

/// Delivers a message to endpoints of several topics.
#[inline(never)]
fn deliver_in_creation_order(
    processes: &mut Processes,
    first: &Members,
    further: &[&Members],
    message: &AnyMessage,
) -> bool {
    let mut members: Vec<&Member> = first.iter().chain(further.iter().flat_map(|list| list.iter())).collect();
    members.sort_unstable_by_key(|member| member.serial);
    deliver(processes, members.into_iter(), message)
}
