//! Makes records from trace events.

use std::sync::Arc;
use std::time::Instant;

use marketplace_core::{EndpointId, EventKinds, Orientation, Pid, Reason, Topic};

use crate::buffer::{Entry, Sent, TracedEvent};
use crate::frame::{Inner, Number, Record, What};
use crate::role::{self, short};
use crate::text;
use crate::tree::{ProcessTree, REASON};

/// Makes the records of one VM.
pub(crate) struct RecordBuilder<'a> {
    pub(crate) tree: &'a ProcessTree,
    pub(crate) vm: Number,
    pub(crate) begun: Instant,
    /// Added to the numbers of messages, so that they are unique across several programs.
    pub(crate) messages: u64,
}

impl RecordBuilder<'_> {
    /// The record of an entry that has been applied to the tree. `None` if pages do not show such events.
    pub(crate) fn record(&self, entry: &Entry) -> Option<Record> {
        let record = match &entry.event {
            TracedEvent::Started { pid, by, .. } => {
                let by = by.as_ref().and_then(|by| self.tree.find(self.vm, by));
                self.with_peer(self.of(What::Started, pid), by)
            }
            TracedEvent::Leaving { pid, reason } => self.because(self.of(What::Leaving, pid), reason),
            TracedEvent::Failed { pid, reason } => self.because(self.of(What::Failed, pid), reason),
            TracedEvent::Left { pid, reason } => self.because(self.of(What::Left, pid), reason),
            TracedEvent::Restarted { pid, child, reason } => {
                let restarted = Record { text: Some(Arc::clone(child)), ..self.of(What::Restarted, pid) };
                self.because(restarted, reason)
            }
            TracedEvent::Added { pid, id, role, .. } => {
                self.about(self.of(What::Added, pid), *id, &role.topic)
            }
            TracedEvent::Deleted { pid, id, role, reason } => {
                self.because(self.about(self.of(What::Deleted, pid), *id, &role.topic), reason)
            }
            TracedEvent::Presence { pid, id, peer, role } => {
                let presence = self.about(self.of(What::Presence, pid), *id, &role.topic);
                self.handled(self.with_peer_at(presence, *peer), EventKinds::PRESENCE)
            }
            TracedEvent::Absence { pid, id, peer, role, reason } => {
                let absence = self.about(self.of(What::Absence, pid), *id, &role.topic);
                let absence = self.handled(self.with_peer_at(absence, *peer), EventKinds::ABSENCE);
                self.because(absence, reason)
            }
            TracedEvent::Sent(sent) => self.message(self.of(What::Sent, &sent.pid), sent),
            TracedEvent::Dropped(sent) => self.message(self.of(What::Dropped, &sent.pid), sent),
            TracedEvent::Delivered { pid, id, message } => self.delivered(pid, *id, message),
            TracedEvent::Updated { .. }
            | TracedEvent::MetaEndpointRequested { .. }
            | TracedEvent::MetaEndpointWithdrawn { .. } => return None,
        };
        let time = entry.at.saturating_duration_since(self.begun).as_secs_f64();
        Some(Record { time, ..record })
    }

    fn of(&self, what: What, pid: &Pid) -> Record {
        let process = self.tree.find(self.vm, pid).or_else(|| self.tree.find_left(self.vm, pid));
        let (process, process_name) = self.name(process).unwrap_or((0, format!("{pid:?}").into()));
        Record { what, vm: self.vm, process, process_name, ..Record::default() }
    }

    fn because(&self, record: Record, reason: &Reason) -> Record {
        let reason = reason.as_error().map(|_| text::display(reason, REASON).into());
        Record { reason, ..record }
    }

    fn about(&self, record: Record, id: EndpointId, topic: &Topic) -> Record {
        let message_type = Some(short(topic.type_name()).into());
        let text = Some(role::topic(topic).into());
        let inner = self.inner_at(id);
        Record { endpoint: Some(id.0), inner, message_type, text, ..record }
    }

    fn with_peer(&self, record: Record, peer: Option<Number>) -> Record {
        let (peer, peer_name) = self.name(peer).unzip();
        Record { peer, peer_name, ..record }
    }

    fn with_peer_at(&self, record: Record, id: EndpointId) -> Record {
        let holder = self.tree.holder(self.vm, id);
        let record = self.with_peer(record, holder.map(|holder| holder.process));
        Record { peer_endpoint: Some(id.0), peer_inner: self.inner_at(id), ..record }
    }

    fn handled(&self, record: Record, kind: EventKinds) -> Record {
        let process = self.tree.get(record.process);
        let endpoint = process.zip(record.endpoint);
        let endpoint = endpoint.and_then(|(process, id)| process.endpoints.get(&(false, EndpointId(id))));
        Record { is_handled: endpoint.is_some_and(|endpoint| endpoint.kinds.contains(kind)), ..record }
    }

    fn message(&self, record: Record, sent: &Sent) -> Record {
        let (message, message_type) = (Some(self.messages + sent.number), Some(short(sent.type_name).into()));
        let is_feedback = sent.orientation == Orientation::Subscriber;
        let inner = self.sender_inside(sent);
        Record { inner, message, message_type, is_feedback, text: sent.text.clone(), ..record }
    }

    fn delivered(&self, pid: &Pid, id: EndpointId, sent: &Sent) -> Record {
        let record = self.message(self.of(What::Delivered, pid), sent);
        let record = self.with_peer(record, self.tree.find(self.vm, &sent.pid));
        let (inner, peer_inner) = (self.inner_at(id), self.sender_inside(sent));
        Record { endpoint: Some(id.0), inner, peer_inner, ..record }
    }

    /// The process of a nested VM that has this endpoint at the meta level.
    fn inner_at(&self, id: EndpointId) -> Option<Inner> {
        self.inner(self.tree.holder(self.vm, id)?.requested_by)
    }

    /// The process of a nested VM that sent a message at the meta level.
    fn sender_inside(&self, sent: &Sent) -> Option<Inner> {
        let vm = self.tree.find(self.vm, &sent.pid)?;
        let inner = sent.inner.as_ref()?;
        self.inner(self.tree.find(vm, inner).or_else(|| self.tree.find_left(vm, inner)))
    }

    fn inner(&self, number: Option<Number>) -> Option<Inner> {
        self.name(number).map(|(process, name)| Inner { process, name })
    }

    fn name(&self, number: Option<Number>) -> Option<(Number, Arc<str>)> {
        let process = self.tree.get(number?)?;
        Some((process.number, process.title()))
    }
}
