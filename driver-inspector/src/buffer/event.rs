//! An entry of the buffer: a trace event in a form that can be kept.

use std::any::TypeId;
use std::sync::Arc;
use std::time::Instant;

use marketplace_core::{EndpointId, EventKinds, Orientation, Pid, Reason, Role, Value};

#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) at: Instant,
    /// The number of the trace that it comes from. 0 is the trace that is always on.
    pub(crate) generation: u64,
    /// The path of the VM in which it happened.
    pub(crate) vm: Arc<[Pid]>,
    pub(crate) event: TracedEvent,
}

/// What happened: an owned [`TraceEvent`](marketplace_core::TraceEvent).
#[derive(Debug)]
pub(crate) enum TracedEvent {
    Started {
        pid: Pid,
        name: Option<Arc<str>>,
        by: Option<Pid>,
    },
    Leaving {
        pid: Pid,
        reason: Reason,
    },
    Failed {
        pid: Pid,
        reason: Reason,
    },
    Left {
        pid: Pid,
        reason: Reason,
    },
    Restarted {
        pid: Pid,
        child: Arc<str>,
        reason: Reason,
    },
    Added {
        pid: Pid,
        id: EndpointId,
        name: Value,
        role: Role,
        kinds: EventKinds,
    },
    Updated {
        id: EndpointId,
        kinds: EventKinds,
    },
    Deleted {
        pid: Pid,
        id: EndpointId,
        role: Role,
        reason: Reason,
    },
    /// A process requests an endpoint at the meta level. The number is the one that the endpoint has in this VM.
    MetaEndpointRequested {
        pid: Pid,
        number: EndpointId,
        name: Value,
    },
    /// A process withdraws its endpoint at the meta level.
    MetaEndpointWithdrawn {
        number: EndpointId,
    },
    Presence {
        pid: Pid,
        id: EndpointId,
        peer: EndpointId,
        role: Role,
    },
    Absence {
        pid: Pid,
        id: EndpointId,
        peer: EndpointId,
        role: Role,
        reason: Reason,
    },
    Sent(Arc<Sent>),
    Delivered {
        pid: Pid,
        id: EndpointId,
        message: Arc<Sent>,
    },
    Dropped(Arc<Sent>),
}

/// A message that is recorded.
#[derive(Debug)]
pub(crate) struct Sent {
    /// The message's number, the same in all entries about it.
    pub(crate) number: u64,
    pub(crate) pid: Pid,
    /// If a nested VM sends the message for a process inside: that process.
    pub(crate) inner: Option<Pid>,
    pub(crate) orientation: Orientation,
    pub(crate) message_type: TypeId,
    pub(crate) type_name: &'static str,
    /// Its value, if values are shown.
    pub(crate) text: Option<Arc<str>>,
}
