//! Who is there, by name: what a reader of the trace has been told of so far.

use std::collections::HashMap;
use std::fmt::{self, Write};
use std::mem;

use super::TraceEvent;
use super::line::Line;
use super::tree::Tree;
use super::words::Words;
use crate::snapshot::{EndpointSnapshot, ProcessSnapshot};
use crate::{EndpointId, Level, Pid, Role, Snapshot, Value};

/// The names of the processes and endpoints that there are.
#[derive(Debug)]
pub(super) struct Known {
    processes: Tree<Network>,
    /// How long a name may get, in bytes.
    width: usize,
}

/// The endpoints of a VM's network; of none, if a process is no VM.
#[derive(Debug, Default)]
struct Network {
    endpoints: HashMap<EndpointId, KnownEndpoint>,
    /// The one that went last: its absences are told after that.
    going: Option<EndpointId>,
}

/// An endpoint, and whose it is.
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

    /// Learns from a snapshot of a VM.
    pub(super) fn learn_vm(&mut self, vm: &mut Vec<Pid>, snapshot: &Snapshot) {
        for ProcessSnapshot { pid, name, endpoints, inside, .. } in &snapshot.processes {
            self.processes.note_name(vm, pid, name.as_deref());
            // Those at the meta level are shown in the VM around, too.
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

    /// Learns from an event.
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

    /// Forgets who goes with an event.
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

    /// Forgets the endpoint that went last: now it is this one.
    fn let_go(&mut self, vm: &[Pid], id: Option<EndpointId>) {
        let Some(network) = self.processes.get_mut(vm).map(|vm| &mut vm.about) else { return };
        if let Some(gone) = mem::replace(&mut network.going, id) {
            network.endpoints.remove(&gone);
        }
    }
}
