//! An entry of the buffer: something that happened, as it can be kept.

use std::any::TypeId;
use std::sync::Arc;
use std::time::Instant;

use marketplace_core::{EndpointId, EventKinds, Orientation, Pid, Reason, Role, Value};

#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) at: Instant,
    /// Of which trace it is; 0, if of that which is always on.
    pub(crate) generation: u64,
    /// The VMs that lead to the one in which it happened.
    pub(crate) vm: Arc<[Pid]>,
    pub(crate) event: TracedEvent,
}

/// What happened: as a [`TraceEvent`](marketplace_core::TraceEvent), owned.
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
    /// A process asks for an endpoint at the meta level, which has this number here.
    MetaEndpointRequested {
        pid: Pid,
        number: EndpointId,
        name: Value,
    },
    /// It asks for one no longer.
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

/// A message that is written of.
#[derive(Debug)]
pub(crate) struct Sent {
    /// The same for all that happens to it.
    pub(crate) number: u64,
    pub(crate) pid: Pid,
    /// The process inside, if a nested VM sends the message for it.
    pub(crate) inner: Option<Pid>,
    pub(crate) orientation: Orientation,
    pub(crate) message_type: TypeId,
    pub(crate) type_name: &'static str,
    /// Its value, if it is shown.
    pub(crate) text: Option<Arc<str>>,
}
