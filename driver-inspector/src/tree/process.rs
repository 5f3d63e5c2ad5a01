//! What is known of a process, and of the network in it if it is a VM.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Instant;

use marketplace_core::{EndpointId, Pid, Value};

use crate::endpoint::KnownEndpoint;
use crate::frame::{Kind, Number};

/// A process, or a ground.
#[derive(Debug, Default)]
pub(crate) struct Process {
    pub(crate) number: Number,
    /// Empty if the process has no name.
    pub(crate) name: Arc<str>,
    /// `None` for a ground.
    pub(crate) pid: Option<Pid>,
    /// The VM that contains it.
    pub(crate) container: Option<Number>,
    pub(crate) started_at: Option<Instant>,
    pub(crate) started_by: Option<Arc<str>>,
    pub(crate) turns: u64,
    pub(crate) pending: usize,
    pub(crate) restarts: u64,
    /// Whether it had taken turns or had pending actions when its status last arrived.
    pub(crate) is_busy: bool,
    pub(crate) is_leaving: bool,
    pub(crate) has_failed: bool,
    pub(crate) gone: Option<Gone>,
    /// Why it is leaving or has left. `None` if the reason is the normal one.
    pub(crate) reason: Option<Arc<str>>,
    /// Its endpoints, by whether they are at the meta level and by their numbers.
    pub(crate) endpoints: BTreeMap<(bool, EndpointId), KnownEndpoint>,
    pub(crate) vm: Option<Box<Vm>>,
}

/// When a process left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gone(pub(crate) Instant);

/// What is in a VM.
#[derive(Debug, Default)]
pub(crate) struct Vm {
    /// Its processes, with those that have left recently.
    pub(crate) members: BTreeSet<Number>,
    /// Its processes without those that have left.
    pub(super) by_pid: HashMap<Pid, Number>,
    /// The process of each endpoint in its network.
    pub(crate) network: HashMap<EndpointId, Holder>,
    /// The endpoint that was deleted last. The absences that follow are about it.
    pub(super) last_deleted: Option<(EndpointId, Holder)>,
    /// The process that left last. The record about that still needs it.
    pub(super) left: Option<(Pid, Number)>,
    /// The endpoints that its processes have at the meta level, by their names in the network there.
    pub(super) meta_endpoints: HashMap<Value, MetaEndpoint>,
    /// How often children were restarted, by their supervisor and their name.
    pub(super) restarted: HashMap<(Number, Arc<str>), u64>,
    /// The last child of each process.
    pub(super) started: HashMap<Number, Number>,
    /// How many actions of its processes were pending when its status last arrived.
    pub(crate) pending: usize,
    /// How many processes it contains at all levels, and how many rows the tree has for them. Processes that have left recently
    /// have rows, too.
    pub(crate) inside: usize,
    pub(crate) rows: usize,
}

/// The process of an endpoint. If that process is a VM, also the process inside for which it has the endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) process: Number,
    pub(crate) inner: Option<Number>,
    /// Like `inner`, but kept after that process has left.
    pub(crate) requested_by: Option<Number>,
}

/// An endpoint at the meta level.
#[derive(Clone, Debug)]
pub(super) struct MetaEndpoint {
    pub(super) process: Number,
    pub(super) name: Value,
    /// Its number in the network of the containing VM, once it exists there.
    pub(super) id: Option<EndpointId>,
}

impl Vm {
    /// How many processes it contains, without those of nested VMs.
    pub(crate) fn processes(&self) -> usize {
        self.by_pid.len()
    }
}

impl Process {
    pub(crate) fn kind(&self) -> Kind {
        match (&self.pid, &self.vm) {
            (None, _) => Kind::Ground,
            (_, Some(_)) => Kind::Vm,
            _ => Kind::Process,
        }
    }

    pub(crate) const fn is_gone(&self) -> bool {
        self.gone.is_some()
    }

    /// Its Pid, as it is written in the log.
    pub(crate) fn pid_text(&self) -> String {
        self.pid.as_ref().map(|pid| format!("{pid:?}")).unwrap_or_default()
    }

    /// Its name, or its Pid if it has no name.
    pub(crate) fn title(&self) -> Arc<str> {
        if self.name.is_empty() { self.pid_text().into() } else { Arc::clone(&self.name) }
    }
}
