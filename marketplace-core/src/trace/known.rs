//! The names of processes and endpoints, as far as a trace has learnt them.

use std::collections::HashMap;
use std::fmt::{self, Write};
use std::mem;

use super::TraceEvent;
use super::line::Line;
use super::tree::Tree;
use super::words::Words;
use crate::snapshot::{EndpointSnapshot, ProcessSnapshot};
use crate::{EndpointId, Level, Pid, Role, Snapshot, Value};

/// The names of the processes and endpoints that exist.
#[derive(Debug)]
pub(super) struct Known {
    processes: Tree<Network>,
    /// The largest length of a name, in bytes.
    width: usize,
}

/// The endpoints in the network of a VM. For a process that is not a VM it is empty.
#[derive(Debug, Default)]
struct Network {
    endpoints: HashMap<EndpointId, KnownEndpoint>,
    /// The endpoint that was deleted last. Its absences come after its deletion, so it is forgotten at the next one.
    going: Option<EndpointId>,
}

/// An endpoint, and the process that has it.
#[derive(Debug)]
pub(super) struct KnownEndpoint {
    pub(super) pid: Pid,
    pub(super) name: Box<str>,
    pub(super) role: Box<str>,
}

impl Known {
    pub(super) fn new(width: usize) -> Self {
        Self { processes: Tree::default(), width }
    }

    /// Writes the path of a VM, by names where there are any.
    pub(super) fn write_path(&self, vm: &[Pid], out: &mut impl Write) -> fmt::Result {
        self.processes.write_path(vm, out)
    }

    pub(super) fn name(&self, vm: &[Pid], pid: &Pid) -> Option<&str> {
        self.processes.get(vm.iter().chain([pid]))?.name.as_deref()
    }

    pub(super) fn endpoint(&self, vm: &[Pid], id: EndpointId) -> Option<&KnownEndpoint> {
        self.processes.get(vm)?.about.endpoints.get(&id)
    }

    /// Learns the names in a snapshot of a VM.
    pub(super) fn learn_vm(&mut self, vm: &mut Vec<Pid>, snapshot: &Snapshot) {
        for ProcessSnapshot { pid, name, endpoints, inside, .. } in &snapshot.processes {
            self.processes.note_name(vm, pid, name.as_deref());
            // An endpoint at the meta level is also shown in the containing VM.
            let here = endpoints.iter().filter(|endpoint| endpoint.level == Level::Local);
            for EndpointSnapshot { id, name, role, .. } in here {
                self.learn_endpoint(vm, pid, *id, name, role);
            }
            if let Some(inside) = inside {
                vm.push(pid.clone());
                self.learn_vm(vm, inside);
                vm.pop();
            }
        }
    }

    /// Learns the names in an event.
    pub(super) fn learn(&mut self, vm: &[Pid], event: &TraceEvent<'_>) {
        match event {
            TraceEvent::ProcessStarted { pid, name, .. } | TraceEvent::TurnBegan { pid, name, .. } => {
                self.processes.note_name(vm, pid, *name);
            }
            TraceEvent::EndpointAdded { pid, id, name, role, .. } => {
                self.learn_endpoint(vm, pid, *id, name, role);
            }
            _ => {}
        }
    }

    fn learn_endpoint(&mut self, vm: &[Pid], pid: &Pid, id: EndpointId, name: &Value, role: &Role) {
        let endpoint = KnownEndpoint {
            pid: pid.clone(),
            name: Line::of(self.width, format_args!("{name:?}")),
            role: Line::of(self.width, format_args!("{}", Words(role))),
        };
        self.processes.entry(vm).about.endpoints.insert(id, endpoint);
    }

    /// Forgets what an event removes.
    pub(super) fn forget(&mut self, vm: &[Pid], event: &TraceEvent<'_>) {
        match event {
            TraceEvent::EndpointDeleted { id, .. } => self.let_go(vm, Some(*id)),
            TraceEvent::ProcessLeft { pid, .. } => {
                self.let_go(vm, None);
                self.processes.remove(vm, pid);
            }
            _ => {}
        }
    }

    /// Forgets the endpoint that was deleted last. This one takes its place.
    fn let_go(&mut self, vm: &[Pid], id: Option<EndpointId>) {
        let Some(network) = self.processes.get_mut(vm).map(|vm| &mut vm.about) else { return };
        if let Some(gone) = mem::replace(&mut network.going, id) {
            network.endpoints.remove(&gone);
        }
    }
}
