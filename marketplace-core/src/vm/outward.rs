//! How a process acts in the containing VM, and gets events from there (rule S14).
//!
//! The VM acts in its own name and with tokens of its own. By these tokens the events are routed to the processes
//! inside.

use futures::future::AbortHandle;
use slab::Slab;

use super::VirtualMachine;
use super::entry::CancelOnDrop;
use crate::actions::{EndpointKey, Place, Target};
use crate::panic::guarded_drop;
use crate::{Action, Actions, AddEndpoint, Event, NetworkAction, Pid, Reason, Task, Token, Value};

/// The requests to the containing VM on behalf of the processes of this VM.
#[derive(Default)]
pub(super) struct Outward {
    asked: Slab<Asker>,
}

/// The process that made a request, and its token.
struct Asker {
    pid: Pid,
    token: Token,
}

impl Outward {
    fn token(&mut self, pid: &Pid, token: Token) -> Token {
        Token(self.asked.insert(Asker { pid: pid.clone(), token }) as u64)
    }
}

/// The name of an endpoint at the meta level in the containing VM.
pub(super) fn outside_name(serial: u64) -> Value {
    serial.into()
}

/// The number, in this VM, of the endpoint at the meta level that has this name in the containing VM.
pub(super) fn serial_inside(outside_name: &Value) -> Option<u64> {
    outside_name.number()?.try_into().ok()
}

impl VirtualMachine {
    pub(super) fn perform_outside(
        &mut self,
        slot: usize,
        target: Target,
        action: NetworkAction,
        outside: &mut Actions,
    ) {
        if self.processes.is_traced() {
            self.processes.trace_meta_action(slot, target, &action);
        }
        match (action, target) {
            (NetworkAction::Add(add), Target::New(id) | Target::Existing(id)) => {
                self.add_outside(slot, id, add, outside);
            }
            (NetworkAction::Delete { reason, .. }, Target::Existing(id)) => {
                self.delete_outside(slot, id, reason, outside);
            }
            (NetworkAction::Spawn { spawn, token, monitor }, _) => {
                let token = token.and_then(|token| self.ask(slot, token, None));
                let monitor = monitor.and_then(|token| self.ask(slot, token, None));
                outside.push(Action::Local(NetworkAction::Spawn { spawn, token, monitor }));
            }
            (NetworkAction::Add(_) | NetworkAction::Delete { .. }, _) => {}
            (action, _) => outside.push(Action::Local(action)),
        }
    }

    fn add_outside(&mut self, slot: usize, id: EndpointKey, add: AddEndpoint, outside: &mut Actions) {
        let Some(entry) = self.processes.get_mut(slot) else { return };
        let token = self.outward.token(&entry.pid, add.token);
        let Some(installed) = entry.endpoints.get_mut(id) else { return };
        installed.place = Place::Outside(token);
        let name = outside_name(installed.serial);
        outside.push(Action::Local(NetworkAction::Add(AddEndpoint { name, token, ..add })));
    }

    fn delete_outside(&mut self, slot: usize, id: EndpointKey, reason: Reason, outside: &mut Actions) {
        let Some(entry) = self.processes.get_mut(slot) else { return };
        let Some(installed) = entry.endpoints.remove(id) else { return };
        if let Place::Outside(token) = installed.place {
            // The process still gets its absences and its `Closed`.
            entry.ask(token, None);
            let name = outside_name(installed.serial);
            outside.push(Action::Local(NetworkAction::Delete { name, reason }));
        }
    }

    pub(super) fn perform_task(&mut self, slot: usize, token: Token, task: Task, outside: &mut Actions) {
        let (handle, registration) = AbortHandle::new_pair();
        let Some(outward) = self.ask(slot, token, Some(CancelOnDrop(handle))) else {
            if self.processes.is_traced() {
                self.processes.trace_discarded(slot, &Action::Perform(token, task));
            }
            return;
        };
        outside.push(Action::Perform(outward, task.abortable(registration, self.pid.clone())));
    }

    /// Records a request that will be answered once, unless the process is leaving and will not get the answer.
    fn ask(&mut self, slot: usize, token: Token, cancel: Option<CancelOnDrop>) -> Option<Token> {
        let entry = self.processes.get_mut(slot).filter(|entry| entry.leaving.is_none())?;
        let outside = self.outward.token(&entry.pid, token);
        entry.ask(outside, cancel);
        Some(outside)
    }

    /// Delivers an event from the containing VM to the process that made the request.
    pub(super) fn deliver_inward(&mut self, event: Event<'_>) {
        let Some(outside) = event.token() else { return };
        let is_last = matches!(
            event,
            Event::Closed { .. } | Event::Spawned { .. } | Event::Ended { .. } | Event::Completed { .. }
        );
        let Some(asker) = self.outward.asked.get(outside.0 as usize) else { return };
        let (slot, token) = (self.processes.slot_of(&asker.pid), asker.token);
        if is_last {
            self.outward.asked.remove(outside.0 as usize);
        }
        let Some(slot) = slot.filter(|slot| self.processes.is_active(*slot)) else {
            return guarded_drop(event, "an event for a process that has left");
        };
        if let Some(entry) = self.processes.get_mut(slot).filter(|_| is_last) {
            entry.answered(outside);
        }
        self.processes.turn(slot, event.with_token(token));
    }
}
