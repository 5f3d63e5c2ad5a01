//! Merges a snapshot into the tree, which adds what is missing in it.

use std::collections::HashSet;

use marketplace_core::{EndpointSnapshot, Level, Pid, ProcessSnapshot, Snapshot};

use super::ProcessTree;
use crate::frame::Number;
use crate::text;

/// How much of a name is kept.
const NAME: usize = 100;

/// A snapshot, and what has happened since it was requested.
pub(crate) struct LateSnapshot<'a> {
    pub(crate) snapshot: &'a Snapshot,
    /// The processes that have left since.
    pub(crate) left: &'a HashSet<Pid>,
    /// The number that the next process to start had then.
    pub(crate) since: Number,
    /// Whether changes of endpoints are traced from this moment on.
    pub(crate) has_endpoints: bool,
}

impl ProcessTree {
    pub(crate) fn merge(&mut self, ground: Number, late: &LateSnapshot<'_>) {
        if late.has_endpoints {
            self.forget_endpoints(ground);
        }
        self.merge_vm(ground, late.snapshot, late);
        self.touch();
    }

    fn merge_vm(&mut self, vm: Number, snapshot: &Snapshot, late: &LateSnapshot<'_>) {
        let here: HashSet<_> = snapshot.processes.iter().map(|process| &process.pid).collect();
        let known = self.vm(vm).map(|vm| &vm.by_pid).into_iter().flatten();
        let missed = known.filter(|(pid, number)| **number < late.since && !here.contains(pid));
        let missed: Vec<_> = missed.map(|(_, number)| *number).collect();
        missed.into_iter().for_each(|number| self.remove(number));
        for process in &snapshot.processes {
            if !late.left.contains(&process.pid) {
                self.merge_process(vm, process, late);
            }
        }
    }

    fn merge_process(&mut self, vm: Number, shown: &ProcessSnapshot, late: &LateSnapshot<'_>) {
        let name = shown.name.as_deref().map(|name| text::display(&name, NAME)).unwrap_or_default();
        let number =
            self.find(vm, &shown.pid).unwrap_or_else(|| self.insert(vm, &shown.pid, name.into(), None));
        if let Some(process) = self.get_mut(number) {
            (process.turns, process.pending) = (shown.turns, shown.pending);
            process.is_leaving |= shown.leaving.is_some();
        }
        if let Some(inside) = &shown.inside {
            if let Some(process) = self.get_mut(number) {
                process.vm.get_or_insert_default();
            }
            self.merge_vm(number, inside, late);
            if late.has_endpoints {
                self.merge_meta_endpoints(number, inside);
            }
        }
        if late.has_endpoints {
            let here = shown.endpoints.iter().filter(|endpoint| endpoint.level == Level::Local);
            for EndpointSnapshot { id, name, role, kinds, .. } in here {
                self.add(vm, &shown.pid, *id, name, role, *kinds);
            }
        }
    }

    /// Notes the endpoints at the meta level. Each appears once more as an endpoint of the VM itself.
    fn merge_meta_endpoints(&mut self, vm: Number, snapshot: &Snapshot) {
        for ProcessSnapshot { pid, endpoints, requested, .. } in &snapshot.processes {
            let meta = endpoints.iter().filter(|endpoint| endpoint.level == Level::Meta);
            for EndpointSnapshot { number, name, .. } in meta.chain(requested) {
                self.request_meta_endpoint(vm, pid, *number, name);
            }
        }
    }
}
