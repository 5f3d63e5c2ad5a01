//! Everything: the trace that is on while a page is open, and tells of endpoints, presences and messages.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use marketplace_core::{AnyMessage, EndpointId, NetworkAction, Orientation, Pid, Trace, TraceEvent};

use super::count::Count;
use super::flight::Flight;
use super::meta::MetaSends;
use super::{Sent, Tape, Told};
use crate::shown;

/// How much of a message's value is shown.
const VALUE: usize = 200;

#[derive(Debug)]
pub(crate) struct Everything {
    tape: Arc<Tape>,
    /// Not 0.
    generation: u64,
    /// Of the program's thread alone.
    meta_sends: Mutex<MetaSends>,
}

impl Everything {
    pub(crate) fn new(tape: &Arc<Tape>, generation: u64) -> Self {
        Self { tape: Arc::clone(tape), generation, meta_sends: Mutex::default() }
    }

    fn write(&self, vm: &[Pid], told: Told) {
        self.tape.head().write(self.generation, vm, told);
    }

    fn write_pair(&self, vm: &[Pid], told: impl FnOnce() -> Told) {
        self.tape.head().write_sample(self.generation, vm, told);
    }

    /// A process asks something of the network around.
    fn asked(&self, vm: &[Pid], pid: &Pid, action: &NetworkAction, endpoint: Option<EndpointId>) {
        match (action, endpoint) {
            (NetworkAction::Add(add), Some(number)) => {
                let (pid, name) = (pid.clone(), add.name.clone());
                self.write(vm, Told::Asked { pid, number, name });
            }
            (NetworkAction::Delete { .. }, Some(number)) => self.write(vm, Told::Unasked { number }),
            (NetworkAction::Send { message, .. }, _) => {
                vm.last().into_iter().for_each(|vm| self.meta_sends().add(vm, pid, message));
            }
            _ => {}
        }
    }

    fn meta_sends(&self) -> MutexGuard<'_, MetaSends> {
        self.meta_sends.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sent(&self, vm: &[Pid], pid: &Pid, orientation: Orientation, message: &AnyMessage) {
        let (message_type, type_name) = (message.message_type(), message.type_name());
        let is_picked = self.tape.sampling.is_picked();
        // Users' code: nothing is locked meanwhile.
        let text = is_picked.then(|| self.text(message)).flatten();
        let inner = self.meta_sends().remove(pid, message);
        let mut head = self.tape.head();
        head.reel.counted.happened += 1;
        let sent = is_picked.then(|| {
            head.messages += 1;
            let (number, pid) = (head.messages, pid.clone());
            Arc::new(Sent { number, pid, inner, orientation, message_type, type_name, text })
        });
        match &sent {
            Some(sent) => head.write_sample(self.generation, vm, || Told::Sent(Arc::clone(sent))),
            None => head.reel.unseen += 1,
        }
        let count = Count { messages: 1, ..Count::default() };
        head.flights.begin(vm.len(), Flight { message_type, type_name, count, sent });
    }

    fn text(&self, message: &AnyMessage) -> Option<Arc<str>> {
        let is_shown =
            self.tape.shows_values.load(Ordering::Relaxed) && !self.tape.secrets.hide(message.message_type());
        is_shown.then(|| shown::debug(message, VALUE).into())
    }

    fn delivered(&self, vm: &[Pid], pid: &Pid, id: EndpointId) {
        let mut head = self.tape.head();
        head.reel.counted.happened += 1;
        let Some(flight) = head.flights.at(vm.len()) else { return };
        flight.count.deliveries += 1;
        match flight.sent.clone() {
            Some(message) => {
                let pid = pid.clone();
                head.write_sample(self.generation, vm, || Told::Delivered { pid, id, message });
            }
            None => head.reel.unseen += 1,
        }
    }

    fn ended(&self, vm: &[Pid], is_taken: bool) {
        let mut head = self.tape.head();
        let Some(Flight { message_type, type_name, mut count, sent }) = head.flights.end(vm.len()) else {
            return;
        };
        if !is_taken {
            count.dropped = 1;
            if let Some(sent) = sent {
                head.write_sample(self.generation, vm, || Told::Dropped(sent));
            }
        }
        head.reel.counted.message(vm, message_type, type_name, count);
    }
}

impl Trace for Everything {
    fn trace(&self, vm: &[Pid], event: &TraceEvent<'_>) {
        match *event {
            TraceEvent::TurnBegan { .. } => self.tape.head().reel.counted.turn(vm),
            TraceEvent::MessageSent { pid, orientation, message } => self.sent(vm, pid, orientation, message),
            TraceEvent::MessageDelivered { pid, id, .. } => self.delivered(vm, pid, id),
            TraceEvent::MessageReceived { .. } => self.ended(vm, true),
            TraceEvent::MessageDropped { .. } => self.ended(vm, false),
            TraceEvent::EndpointAdded { pid, id, name, role, kinds } => {
                let (pid, name, role) = (pid.clone(), name.clone(), role.clone());
                self.write(vm, Told::Added { pid, id, name, role, kinds });
            }
            TraceEvent::EndpointUpdated { id, kinds, .. } => self.write(vm, Told::Updated { id, kinds }),
            TraceEvent::EndpointDeleted { pid, id, role, reason } => {
                let (pid, role, reason) = (pid.clone(), role.clone(), reason.clone());
                self.write(vm, Told::Deleted { pid, id, role, reason });
            }
            TraceEvent::MetaAction { pid, action, endpoint } => self.asked(vm, pid, action, endpoint),
            TraceEvent::Presence { pid, id, peer, role } => {
                self.write_pair(vm, || Told::Presence { pid: pid.clone(), id, peer, role: role.clone() })
            }
            TraceEvent::Absence { pid, id, peer, role, reason } => self.write_pair(vm, || Told::Absence {
                pid: pid.clone(),
                id,
                peer,
                role: role.clone(),
                reason: reason.clone(),
            }),
            _ => {}
        }
    }
}
