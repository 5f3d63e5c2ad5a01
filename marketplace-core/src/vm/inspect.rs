//! How a VM shows what is in it.

use std::collections::HashMap;

use super::VirtualMachine;
use super::entry::Entry;
use super::index::Index;
use super::outward::serial_inside;
use crate::actions::{Installed, Place};
use crate::inspection::Look;
use crate::snapshot::{EndpointSnapshot, ProcessSnapshot};
use crate::{Counters, EndpointId, EventKinds, Level, Pid, ProcessStatus, Snapshot, Value};

/// A VM's endpoints in the containing VM, by their numbers in this VM.
type Outside<'a> = HashMap<u64, &'a EndpointSnapshot>;

impl VirtualMachine {
    /// The processes and endpoints of the VM and of the VMs inside it.
    pub fn snapshot(&mut self) -> Snapshot {
        self.show(&[])
    }

    /// The counters of the VM and of the VMs inside it, added up.
    pub fn counters(&mut self) -> Counters {
        let mut all = self.own_counters();
        self.processes.each_nested(|entry| entry.inspect(Look::Count(&mut all)));
        all
    }

    /// The status of the process at the end of `path`, which begins with a process of this VM. Each process of the
    /// path is in the VM before it. `None` if the process does not exist.
    pub fn status(&mut self, path: &[Pid]) -> Option<ProcessStatus> {
        let (pid, inside) = path.split_first()?;
        let slot = self.processes.slot_of(pid)?;
        let entry = self.processes.get_mut(slot)?;
        if inside.is_empty() {
            return Some(entry.status());
        }
        let mut found = None;
        entry.inspect(Look::Find { path: inside, found: &mut found });
        found
    }

    pub(super) fn look(&mut self, look: &mut Look<'_>) {
        match look {
            Look::Show { outside, shown } => **shown = Some(Box::new(self.show(outside))),
            Look::Find { path, found } => {
                if let Some(status) = self.status(path) {
                    **found = Some(status);
                }
            }
            Look::Count(counters) => **counters += self.counters(),
            Look::CountOwn(counters) => **counters = Some(self.own_counters()),
            Look::Trace(outside) => self.trace_all_as(outside),
            Look::Leave(reason) => self.trace_end(reason),
        }
    }

    /// Shows the VM, whose endpoints in the containing VM are `outside`.
    fn show(&mut self, outside: &[EndpointSnapshot]) -> Snapshot {
        let counters = self.own_counters();
        let Self { processes, index, .. } = self;
        let outside = outside.iter().filter_map(|endpoint| Some((serial_inside(&endpoint.name)?, endpoint)));
        let outside: Outside<'_> = outside.collect();
        let mut shown: Vec<_> = processes.iter_mut().map(|entry| entry.show(index, &outside)).collect();
        shown.sort_unstable_by_key(|process| process.pid.serial);
        Snapshot { processes: shown, counters }
    }

    fn own_counters(&self) -> Counters {
        let Self { processes, index, .. } = self;
        Counters {
            processes: processes.len(),
            endpoints: index.len(),
            pending: processes.actions.queue.len(),
            ..processes.counted()
        }
    }
}

impl Entry {
    fn status(&mut self) -> ProcessStatus {
        let mut counters = None;
        self.inspect(Look::CountOwn(&mut counters));
        let (pid, name, leaving) = (self.pid.clone(), self.name.clone(), self.leaving.clone());
        ProcessStatus { pid, name, pending: self.pending, turns: self.turns, leaving, counters }
    }

    fn show(&mut self, index: &mut Index, outside: &Outside<'_>) -> ProcessSnapshot {
        let (mut endpoints, mut requested) = (Vec::new(), Vec::new());
        for (level, name, installed) in self.endpoints.iter() {
            let mut shown = EndpointSnapshot::of(level, name, installed);
            match installed.place {
                Place::Nowhere => {}
                Place::Here(_) => {
                    endpoints.extend(index.find(installed).map(|member| shown.with(member.kinds)))
                }
                Place::Outside(_) => match outside.get(&installed.serial) {
                    Some(endpoint) => {
                        shown.id = endpoint.id;
                        endpoints.push(shown.with(endpoint.kinds));
                    }
                    None => requested.push(shown),
                },
            }
        }
        let mut inside = None;
        self.inspect(Look::Show { outside: &endpoints, shown: &mut inside });
        let (pid, name, leaving) = (self.pid.clone(), self.name.clone(), self.leaving.clone());
        let (pending, turns) = (self.pending, self.turns);
        ProcessSnapshot { pid, name, pending, turns, leaving, endpoints, requested, inside }
    }
}

impl EndpointSnapshot {
    fn of(level: Level, name: &Value, installed: &Installed) -> Self {
        let id = EndpointId(installed.serial);
        let (name, role) = (name.clone(), installed.role.clone());
        Self { id, number: id, name, level, role, kinds: EventKinds::NONE }
    }

    fn with(self, kinds: EventKinds) -> Self {
        Self { kinds, ..self }
    }
}
