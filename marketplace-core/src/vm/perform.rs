//! One action at a time (rule S3): what each action does.

use tracing::{debug, error};

use super::index::in_creation_order;
use super::members::Member;
use super::processes::Processes;
use super::{SLICE, VirtualMachine};
use crate::actions::{Queued, Step, Target};
use crate::panic::guard;
use crate::{
    Action, Actions, AnyMessage, Event, Interest, Kinds, NetworkAction, Orientation, Pid, Reason, Spawn,
    Token,
};

impl VirtualMachine {
    /// Performs actions, and removes processes, until nothing is to be done or a slice is over.
    pub(super) fn perform_slice(&mut self, start: usize, outside: &mut Actions) {
        let mut performed = 0;
        // Users' Hash, Eq, Debug and Drop run in here (rule S2).
        while let Err(error) = guard(|| self.perform_rest(start, &mut performed, outside)) {
            error!(%error, "an action panicked");
            if let Some(slot) = self.performing.take() {
                self.processes.done(slot);
                if self.ground != Some(slot) {
                    self.processes.leave(slot, Reason::error(error));
                }
            }
        }
        self.processes.queue().rest();
    }

    fn perform_rest(&mut self, start: usize, performed: &mut usize, outside: &mut Actions) {
        while *performed + (self.processes.turns - start) < SLICE
            && let Some(Queued { process, target, step }) = self.processes.queue().pop()
        {
            *performed += 1;
            match step {
                Step::Perform(action) => {
                    self.performing = Some(process);
                    self.perform(process, target, action, outside);
                    self.performing = None;
                    self.processes.done(process);
                }
                Step::Leave => self.remove_process(process, outside),
            }
        }
    }

    fn perform(&mut self, slot: usize, target: Target, action: Action, outside: &mut Actions) {
        match action {
            Action::Local(NetworkAction::Add(add)) => self.add(slot, target, add),
            Action::Local(NetworkAction::Delete { name, reason }) => {
                self.delete(slot, target, &name, &reason)
            }
            Action::Local(NetworkAction::Send { orientation, message }) => self.send(orientation, message),
            Action::Local(NetworkAction::Spawn { spawn, token }) => self.spawn_child(slot, spawn, token),
            Action::Local(NetworkAction::Quit { pid, reason }) => self.kill(pid.as_ref(), reason),
            Action::Meta(action) => self.perform_outside(slot, target, action, outside),
            Action::Yield(token) => {
                self.processes.turn(slot, Event::Resumed { token });
            }
            Action::Perform(token, task) => self.perform_task(slot, token, task, outside),
        }
    }

    /// Rule S5.
    fn send(&mut self, orientation: Orientation, message: AnyMessage) {
        let Self { index, processes, .. } = self;
        let receivers = index.receivers(orientation, &message);
        let is_taken = match receivers.as_slice() {
            [members] => deliver(processes, members.iter(), &message),
            _ => deliver(processes, in_creation_order(&receivers), &message),
        };
        if !is_taken {
            self.dropped += 1;
            debug!(dropped = ?message, ?orientation, "message dropped: no participant took it");
        }
    }

    /// Rule S10.
    fn spawn_child(&mut self, parent: usize, spawn: Spawn, token: Option<Token>) {
        let pid = self.processes.spawn(spawn);
        if let Some(token) = token {
            self.processes.turn(parent, Event::Spawned { token, pid });
        }
    }

    /// A process that asked to quit itself is leaving already (rule S11).
    fn kill(&mut self, pid: Option<&Pid>, reason: Reason) {
        if let Some(slot) = pid.and_then(|pid| self.processes.slot_of(pid)) {
            self.processes.leave(slot, reason.clone());
            debug!(?pid, %reason, "process is killed");
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
            // A panic of a user's code must not keep an endpoint of a process that is gone.
            if let Err(error) = guard(|| self.withdraw(installed, &reason, outside)) {
                error!(?pid, %error, "an endpoint panicked as its process left");
            }
        }
        self.processes.remove(slot);
        let _ = guard(|| debug!(?pid, %reason, "process is gone"));
    }
}

/// Gives a message to endpoints in turn; whether a participant was among them.
fn deliver<'a>(
    processes: &mut Processes,
    members: impl IntoIterator<Item = &'a Member>,
    message: &AnyMessage,
) -> bool {
    let mut is_taken = false;
    for member in members {
        let Member { process, token, interest, kinds, .. } = *member;
        let is_there = if kinds.contains(Kinds::MESSAGE) {
            processes.turn(process, Event::Message { token, message })
        } else {
            processes.is_staying(process)
        };
        is_taken |= is_there && interest == Interest::Participant;
    }
    is_taken
}
