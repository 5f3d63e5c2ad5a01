//! Applies trace events to the tree.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use marketplace_core::{EndpointId, EventKinds, Pid, Reason, Role, Value};

use super::{Gone, Holder, MetaEndpoint, ProcessTree, Vm};
use crate::buffer::{Entry, TracedEvent};
use crate::endpoint::KnownEndpoint;
use crate::frame::Number;
use crate::panic::discard;
use crate::text;

/// How much of a reason is shown.
pub(crate) const REASON: usize = 300;
/// For how many children restarts are counted in a VM. Beyond this, children that have left are forgotten.
const RESTARTED: usize = 1_000;

impl ProcessTree {
    /// Applies an entry of a ground's buffer. Returns its VM, or `None` if that is unknown.
    pub(crate) fn apply(&mut self, ground: Number, entry: &Entry) -> Option<Number> {
        let vm = self.find_vm(ground, &entry.vm)?;
        match &entry.event {
            TracedEvent::Started { pid, name, by } => self.start(vm, pid, name.as_ref(), by.as_ref(), entry),
            TracedEvent::Leaving { pid, reason } => self.leave(vm, pid, reason, false),
            TracedEvent::Failed { pid, reason } => self.leave(vm, pid, reason, true),
            TracedEvent::Left { pid, reason } => self.left(ground, vm, pid, reason, entry),
            TracedEvent::Restarted { pid, child, .. } => self.restart(vm, pid, child),
            TracedEvent::Added { pid, id, name, role, kinds } => self.add(vm, pid, *id, name, role, *kinds),
            TracedEvent::Updated { id, kinds } => self.update(vm, *id, *kinds),
            TracedEvent::Deleted { id, .. } => self.delete(vm, *id),
            TracedEvent::MetaEndpointRequested { pid, number, name } => {
                self.request_meta_endpoint(vm, pid, *number, name)
            }
            TracedEvent::MetaEndpointWithdrawn { number } => self.withdraw_meta_endpoint(vm, *number),
            _ => {}
        }
        Some(vm)
    }

    /// Forgets all endpoints, because their changes are not traced from now on.
    pub(crate) fn forget_endpoints(&mut self, ground: Number) {
        let of_ground: Vec<_> =
            self.processes.keys().copied().filter(|number| self.ground_of(*number) == ground).collect();
        for number in of_ground {
            let Some(process) = self.get_mut(number) else { continue };
            discard(std::mem::take(&mut process.endpoints));
            if let Some(vm) = &mut process.vm {
                vm.network = HashMap::new();
                vm.meta_endpoints = HashMap::new();
                vm.last_deleted = None;
            }
        }
        self.touch();
    }
}

/// Processes.
impl ProcessTree {
    fn start(&mut self, vm: Number, pid: &Pid, name: Option<&Arc<str>>, by: Option<&Pid>, entry: &Entry) {
        let name = name.cloned().unwrap_or_default();
        // A snapshot may have shown it before.
        let number = match self.find(vm, pid) {
            Some(number) => number,
            None => self.insert(vm, pid, Arc::clone(&name), Some(entry.at)),
        };
        let by = by.and_then(|by| self.find(vm, by));
        let started_by = by.and_then(|by| self.get(by)).map(|by| by.title());
        let restarts = by.and_then(|by| {
            let vm = self.vm_mut(vm)?;
            vm.started.insert(by, number);
            // As a rule there are none, and then the name is not copied.
            (!vm.restarted.is_empty()).then(|| vm.restarted.get(&(by, name)).copied())?
        });
        if let Some(process) = self.get_mut(number) {
            (process.started_at, process.started_by) = (Some(entry.at), started_by);
            process.restarts = restarts.unwrap_or(process.restarts);
        }
    }

    fn leave(&mut self, vm: Number, pid: &Pid, reason: &Reason, has_failed: bool) {
        let Some(process) = self.find(vm, pid).and_then(|number| self.get_mut(number)) else { return };
        process.is_leaving = true;
        process.has_failed |= has_failed;
        if process.reason.is_none() {
            process.reason = text(reason);
        }
        self.touch();
    }

    fn left(&mut self, ground: Number, vm: Number, pid: &Pid, reason: &Reason, entry: &Entry) {
        let Some(number) = self.find(vm, pid) else { return };
        self.withdraw(vm, number);
        let Some(process) = self.get_mut(number) else { return };
        (process.gone, process.is_busy, process.pending) = (Some(Gone(entry.at)), false, 0);
        process.has_failed |= reason.as_error().is_some();
        if process.reason.is_none() {
            process.reason = text(reason);
        }
        let has_failed = process.has_failed;
        // Processes that are still inside have left with it. The events about that were lost.
        let members: Vec<_> = process.vm.iter().flat_map(|vm| vm.by_pid.values().copied()).collect();
        members.into_iter().for_each(|member| self.remove(member));
        if let Some(vm) = self.vm_mut(vm) {
            vm.left = vm.by_pid.remove_entry(pid);
            vm.forget_children(number);
        }
        self.count(Some(vm), -1, 0);
        self.touch();
        if let Some(forgotten) = self.departed.entry(ground).or_default().add(number, entry.at, has_failed) {
            self.remove(forgotten);
        }
    }

    /// Removes the endpoints of a process that has left.
    fn withdraw(&mut self, vm: Number, number: Number) {
        let Some(process) = self.get_mut(number) else { return };
        let endpoints = std::mem::take(&mut process.endpoints);
        for &(is_meta, id) in endpoints.keys() {
            match is_meta {
                true => self.detach_inner(vm, id),
                false => drop(self.vm_mut(vm).and_then(|vm| vm.network.remove(&id))),
            }
        }
        discard(endpoints);
    }

    fn restart(&mut self, vm: Number, by: &Pid, child: &Arc<str>) {
        let Some(by) = self.find(vm, by) else { return };
        if let Some(supervisor) = self.get_mut(by) {
            supervisor.restarts += 1;
        }
        self.forget_restarts(vm);
        let Some(known) = self.vm_mut(vm) else { return };
        let times = known.restarted.entry((by, Arc::clone(child))).or_default();
        *times += 1;
        let (times, last) = (*times, known.started.get(&by).copied());
        // A supervisor reports a restart after the new child has started, a demand matcher before.
        if let Some(last) = last.and_then(|last| self.get_mut(last))
            && last.name == *child
            && !last.is_gone()
        {
            last.restarts = times;
        }
        self.touch();
    }
}

/// Restarts.
impl ProcessTree {
    /// If there are too many, forgets the restarts of children that have left.
    fn forget_restarts(&mut self, vm: Number) {
        let Some(known) = self.vm(vm) else { return };
        if known.restarted.len() < RESTARTED.max(2 * known.by_pid.len()) {
            return;
        }
        let here = known.by_pid.values().filter_map(|number| self.get(*number));
        let here: HashSet<_> = here.map(|process| Arc::clone(&process.name)).collect();
        if let Some(known) = self.vm_mut(vm) {
            known.restarted.retain(|(_, child), _| here.contains(child));
        }
    }
}

impl Vm {
    /// Forgets the children of a process.
    pub(super) fn forget_children(&mut self, by: Number) {
        self.started.remove(&by);
        // There are none as a rule.
        if !self.restarted.is_empty() {
            self.restarted.retain(|(it, _), _| *it != by);
        }
    }
}

/// Endpoints.
impl ProcessTree {
    pub(super) fn add(
        &mut self,
        vm: Number,
        pid: &Pid,
        id: EndpointId,
        name: &Value,
        role: &Role,
        kinds: EventKinds,
    ) {
        let Some(process) = self.find(vm, pid) else { return };
        let own = KnownEndpoint { id, name: name.clone(), role: role.clone(), kinds, is_meta: false };
        let asked = self.vm_mut(process).and_then(|inside| inside.meta_endpoints.get_mut(name));
        let asked = asked.map(|asked| {
            asked.id = Some(id);
            asked.clone()
        });
        let requested_by = asked.as_ref().map(|asked| asked.process);
        let mut inner = None;
        if let Some(MetaEndpoint { process, name, .. }) = asked
            && let Some(process) = self.get_mut(process).filter(|process| !process.is_gone())
        {
            inner = Some(process.number);
            process.endpoints.insert((true, id), KnownEndpoint { name, is_meta: true, ..own.clone() });
        }
        if let Some(process) = self.get_mut(process) {
            process.endpoints.insert((false, id), own);
        }
        if let Some(vm) = self.vm_mut(vm) {
            vm.network.insert(id, Holder { process, inner, requested_by });
        }
        self.touch();
    }

    fn update(&mut self, vm: Number, id: EndpointId, kinds: EventKinds) {
        let Some(holder) = self.vm(vm).and_then(|vm| vm.network.get(&id)).copied() else { return };
        let inner = holder.inner.map(|inner| (inner, (true, id)));
        for (number, key) in [(holder.process, (false, id))].into_iter().chain(inner) {
            if let Some(endpoint) = self.get_mut(number).and_then(|it| it.endpoints.get_mut(&key)) {
                endpoint.kinds = kinds;
            }
        }
    }

    fn delete(&mut self, vm: Number, id: EndpointId) {
        let Some(known) = self.vm_mut(vm) else { return };
        let Some(holder) = known.network.remove(&id) else { return };
        known.last_deleted = Some((id, holder));
        let own = self.get_mut(holder.process).and_then(|process| process.endpoints.remove(&(false, id)));
        if let (Some(own), Some(inside)) = (&own, self.vm_mut(holder.process)) {
            discard(inside.meta_endpoints.remove(&own.name));
        }
        let inner = holder.inner.and_then(|inner| self.get_mut(inner)?.endpoints.remove(&(true, id)));
        discard((own, inner));
        self.touch();
    }

    pub(super) fn request_meta_endpoint(&mut self, vm: Number, pid: &Pid, number: EndpointId, name: &Value) {
        let Some(process) = self.find(vm, pid) else { return };
        if let Some(vm) = self.vm_mut(vm) {
            let asked = || MetaEndpoint { process, name: name.clone(), id: None };
            vm.meta_endpoints.entry(Value::from(number.0)).or_insert_with(asked);
        }
    }

    fn withdraw_meta_endpoint(&mut self, vm: Number, number: EndpointId) {
        let asked = self.vm_mut(vm).and_then(|vm| vm.meta_endpoints.remove(&Value::from(number.0)));
        let Some(MetaEndpoint { process, id: Some(id), .. }) = asked else { return };
        self.detach_inner(vm, id);
        discard(self.get_mut(process).and_then(|process| process.endpoints.remove(&(true, id))));
        self.touch();
    }

    /// Notes that an endpoint of a VM no longer belongs to a process inside it, although the endpoint still exists.
    fn detach_inner(&mut self, vm: Number, id: EndpointId) {
        let around = self.get(vm).and_then(|vm| vm.container);
        if let Some(holder) = around.and_then(|around| self.vm_mut(around)?.network.get_mut(&id)) {
            holder.inner = None;
        }
    }

    pub(super) fn vm_mut(&mut self, vm: Number) -> Option<&mut Vm> {
        self.get_mut(vm)?.vm.as_deref_mut()
    }
}

/// A reason as text. `None` if it is the normal one.
fn text(reason: &Reason) -> Option<Arc<str>> {
    reason.as_error().map(|_| text::display(reason, REASON).into())
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn tell(tree: &mut ProcessTree, event: TracedEvent) {
        let entry = Entry { at: Instant::now(), generation: 0, vm: [].into(), event };
        assert_eq!(tree.apply(1, &entry), Some(1));
    }

    /// A supervisor replaces a process with this name by a new one.
    fn restart(tree: &mut ProcessTree, by: &Pid, name: &str) -> Pid {
        let (pid, child) = (Pid::detached(), Arc::<str>::from(name));
        let started =
            TracedEvent::Started { pid: pid.clone(), name: Some(Arc::clone(&child)), by: Some(by.clone()) };
        tell(tree, started);
        tell(tree, TracedEvent::Restarted { pid: by.clone(), child, reason: Reason::normal() });
        pid
    }

    #[test]
    fn restarts_of_children_who_have_gone_are_forgotten_and_those_of_others_are_not() {
        let mut tree = ProcessTree::default();
        assert_eq!(tree.add_ground("program".into(), Instant::now()), 1);
        let supervisor = Pid::detached();
        tell(&mut tree, TracedEvent::Started { pid: supervisor.clone(), name: None, by: None });
        let stays = restart(&mut tree, &supervisor, "stays");
        for number in 0..2 * RESTARTED {
            let gone = restart(&mut tree, &supervisor, &format!("child {number}"));
            tell(&mut tree, TracedEvent::Left { pid: gone, reason: Reason::normal() });
        }
        let vm = tree.vm(1).unwrap();
        assert!(vm.restarted.len() <= RESTARTED, "{}", vm.restarted.len());
        let again = restart(&mut tree, &supervisor, "stays");
        let restarts = [&stays, &again].map(|pid| tree.get(tree.find(1, pid).unwrap()).unwrap().restarts);
        assert_eq!(restarts, [1, 2]);
    }
}
