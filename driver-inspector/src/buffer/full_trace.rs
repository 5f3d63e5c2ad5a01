//! The trace that is on while a page is open. It records endpoints, presences and messages.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use marketplace_core::{AnyMessage, EndpointId, NetworkAction, Orientation, Pid, Trace, TraceEvent};

use super::count::Count;
use super::in_flight::MessageInFlight;
use super::meta_send::MetaSends;
use super::{Sent, TraceBuffer, TracedEvent};
use crate::text;

/// How much of a message's value is shown.
const VALUE: usize = 200;

#[derive(Debug)]
pub(crate) struct FullTrace {
    buffer: Arc<TraceBuffer>,
    /// The number of this trace, which is not 0.
    generation: u64,
    /// Used by the program's thread only.
    meta_sends: Mutex<MetaSends>,
}

impl FullTrace {
    pub(crate) fn new(buffer: &Arc<TraceBuffer>, generation: u64) -> Self {
        Self { buffer: Arc::clone(buffer), generation, meta_sends: Mutex::default() }
    }

    fn write(&self, vm: &[Pid], event: TracedEvent) {
        self.buffer.lock().write(self.generation, vm, event);
    }

    fn write_pair(&self, vm: &[Pid], event: impl FnOnce() -> TracedEvent) {
        self.buffer.lock().write_sample(self.generation, vm, event);
    }

    /// A process of a nested VM emits an action at the meta level.
    fn asked(&self, vm: &[Pid], pid: &Pid, action: &NetworkAction, endpoint: Option<EndpointId>) {
        match (action, endpoint) {
            (NetworkAction::Add(add), Some(number)) => {
                let (pid, name) = (pid.clone(), add.name.clone());
                self.write(vm, TracedEvent::MetaEndpointRequested { pid, number, name });
            }
            (NetworkAction::Delete { .. }, Some(number)) => {
                self.write(vm, TracedEvent::MetaEndpointWithdrawn { number })
            }
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
        let is_picked = self.buffer.sampling.is_picked();
        // This runs users' code, so nothing is locked meanwhile.
        let text = is_picked.then(|| self.text(message)).flatten();
        let inner = self.meta_sends().remove(pid, message);
        let mut writer = self.buffer.lock();
        writer.batch.counted.happened += 1;
        let sent = is_picked.then(|| {
            writer.messages += 1;
            let (number, pid) = (writer.messages, pid.clone());
            Arc::new(Sent { number, pid, inner, orientation, message_type, type_name, text })
        });
        match &sent {
            Some(sent) => writer.write_sample(self.generation, vm, || TracedEvent::Sent(Arc::clone(sent))),
            None => writer.batch.skipped += 1,
        }
        let count = Count { messages: 1, ..Count::default() };
        writer.in_flight.begin(vm.len(), MessageInFlight { message_type, type_name, count, sent });
    }

    fn text(&self, message: &AnyMessage) -> Option<Arc<str>> {
        let is_shown = self.buffer.shows_values.load(Ordering::Relaxed)
            && !self.buffer.hidden_values.hide(message.message_type());
        is_shown.then(|| text::debug(message, VALUE).into())
    }

    fn delivered(&self, vm: &[Pid], pid: &Pid, id: EndpointId) {
        let mut writer = self.buffer.lock();
        writer.batch.counted.happened += 1;
        let Some(message) = writer.in_flight.at(vm.len()) else { return };
        message.count.deliveries += 1;
        match message.sent.clone() {
            Some(message) => {
                let pid = pid.clone();
                writer.write_sample(self.generation, vm, || TracedEvent::Delivered { pid, id, message });
            }
            None => writer.batch.skipped += 1,
        }
    }

    fn ended(&self, vm: &[Pid], is_taken: bool) {
        let mut writer = self.buffer.lock();
        let Some(MessageInFlight { message_type, type_name, mut count, sent }) =
            writer.in_flight.end(vm.len())
        else {
            return;
        };
        if !is_taken {
            count.dropped = 1;
            if let Some(sent) = sent {
                writer.write_sample(self.generation, vm, || TracedEvent::Dropped(sent));
            }
        }
        writer.batch.counted.message(vm, message_type, type_name, count);
    }
}

impl Trace for FullTrace {
    fn trace(&self, vm: &[Pid], event: &TraceEvent<'_>) {
        match *event {
            TraceEvent::TurnBegan { .. } => self.buffer.lock().batch.counted.turn(vm),
            TraceEvent::MessageSent { pid, orientation, message } => self.sent(vm, pid, orientation, message),
            TraceEvent::MessageDelivered { pid, id, .. } => self.delivered(vm, pid, id),
            TraceEvent::MessageReceived { .. } => self.ended(vm, true),
            TraceEvent::MessageDropped { .. } => self.ended(vm, false),
            TraceEvent::EndpointAdded { pid, id, name, role, kinds } => {
                let (pid, name, role) = (pid.clone(), name.clone(), role.clone());
                self.write(vm, TracedEvent::Added { pid, id, name, role, kinds });
            }
            TraceEvent::EndpointUpdated { id, kinds, .. } => {
                self.write(vm, TracedEvent::Updated { id, kinds })
            }
            TraceEvent::EndpointDeleted { pid, id, role, reason } => {
                let (pid, role, reason) = (pid.clone(), role.clone(), reason.clone());
                self.write(vm, TracedEvent::Deleted { pid, id, role, reason });
            }
            TraceEvent::MetaAction { pid, action, endpoint } => self.asked(vm, pid, action, endpoint),
            TraceEvent::Presence { pid, id, peer, role } => self.write_pair(vm, || TracedEvent::Presence {
                pid: pid.clone(),
                id,
                peer,
                role: role.clone(),
            }),
            TraceEvent::Absence { pid, id, peer, role, reason } => {
                self.write_pair(vm, || TracedEvent::Absence {
                    pid: pid.clone(),
                    id,
                    peer,
                    role: role.clone(),
                    reason: reason.clone(),
                })
            }
            _ => {}
        }
    }
}
