//! A process as it is known, and the network of one that is a VM.

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
    /// Empty, if it was given none.
    pub(crate) name: Arc<str>,
    /// A ground has none.
    pub(crate) pid: Option<Pid>,
    /// The VM that it is in.
    pub(crate) container: Option<Number>,
    pub(crate) started_at: Option<Instant>,
    pub(crate) started_by: Option<Arc<str>>,
    pub(crate) turns: u64,
    pub(crate) pending: usize,
    pub(crate) restarts: u64,
    /// Whether it took turns, or had actions waiting, as it was looked at last.
    pub(crate) is_busy: bool,
    pub(crate) is_leaving: bool,
    pub(crate) has_failed: bool,
    pub(crate) gone: Option<Gone>,
    /// Why it leaves, or has left; nothing, if in the normal course of things.
    pub(crate) reason: Option<Arc<str>>,
    /// Its endpoints in force: by whether they are at the meta level, and in the order of their numbers.
    pub(crate) endpoints: BTreeMap<(bool, EndpointId), KnownEndpoint>,
    pub(crate) vm: Option<Box<Vm>>,
}

/// When a process left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gone(pub(crate) Instant);

/// What is in a VM.
#[derive(Debug, Default)]
pub(crate) struct Vm {
    /// Its processes, also those who left a while ago.
    pub(crate) members: BTreeSet<Number>,
    /// Those that there are.
    pub(super) by_pid: HashMap<Pid, Number>,
    /// Whose the endpoints of its network are.
    pub(crate) network: HashMap<EndpointId, Holder>,
    /// The endpoint that went last: its absences are told after that.
    pub(super) last_deleted: Option<(EndpointId, Holder)>,
    /// The process that left last, of which that is still to be told.
    pub(super) left: Option<(Pid, Number)>,
    /// What its processes have asked of the network around, by the name that the endpoint has there.
    pub(super) meta_endpoints: HashMap<Value, MetaEndpoint>,
    /// How often children were put in the place of others, by their supervisor and its name for them.
    pub(super) restarted: HashMap<(Number, Arc<str>), u64>,
    /// Whom a process started last.
    pub(super) started: HashMap<Number, Number>,
    /// How many actions of its processes wait, as it was looked at last.
    pub(crate) pending: usize,
    /// How many processes are in it, all levels; and how many rows, those with who left a while ago.
    pub(crate) inside: usize,
    pub(crate) rows: usize,
}

/// Whose an endpoint is: a process' of the network's VM, and if that is a VM, that of a process in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) process: Number,
    pub(crate) inner: Option<Number>,
    /// The same, also after that process has left.
    pub(crate) requested_by: Option<Number>,
}

/// An endpoint at the meta level.
#[derive(Clone, Debug)]
pub(super) struct MetaEndpoint {
    pub(super) process: Number,
    pub(super) name: Value,
    /// Its number in the network around, once it is there.
    pub(super) id: Option<EndpointId>,
}

impl Vm {
    /// How many processes there are in it, without those deeper inside.
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

    /// As the log has it.
    pub(crate) fn pid_text(&self) -> String {
        self.pid.as_ref().map(|pid| format!("{pid:?}")).unwrap_or_default()
    }

    /// Its name, or its Pid if it has none.
    pub(crate) fn title(&self) -> Arc<str> {
        if self.name.is_empty() { self.pid_text().into() } else { Arc::clone(&self.name) }
    }
}
