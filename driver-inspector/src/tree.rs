//! The tree of all processes, with those that have left recently.

mod apply;
mod departed;
mod merge;
mod process;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use marketplace_core::{EndpointId, Pid};

use crate::frame::Number;

pub(crate) use apply::REASON;
use departed::Departed;
pub(crate) use merge::LateSnapshot;
use process::MetaEndpoint;
pub(crate) use process::{Gone, Holder, Process, Vm};

/// The processes of all grounds, by numbers that the inspector gives them. Older processes have lower numbers.
#[derive(Debug, Default)]
pub(crate) struct ProcessTree {
    processes: HashMap<Number, Process>,
    grounds: Vec<Number>,
    /// The processes that have left recently, by their ground.
    departed: HashMap<Number, Departed>,
    /// The last number that was given.
    given: Number,
    /// Grows with each change.
    version: u64,
}

impl ProcessTree {
    /// Adds a ground without processes.
    pub(crate) fn add_ground(&mut self, name: Arc<str>, now: Instant) -> Number {
        let number = self.give();
        let vm = Some(Box::default());
        self.processes
            .insert(number, Process { number, name, vm, started_at: Some(now), ..Process::default() });
        self.grounds.push(number);
        number
    }

    pub(crate) fn grounds(&self) -> &[Number] {
        &self.grounds
    }

    pub(crate) fn get(&self, number: Number) -> Option<&Process> {
        self.processes.get(&number)
    }

    pub(crate) fn get_mut(&mut self, number: Number) -> Option<&mut Process> {
        self.processes.get_mut(&number)
    }

    /// All processes, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Process> {
        self.processes.values()
    }

    pub(crate) fn vm(&self, number: Number) -> Option<&Vm> {
        self.get(number)?.vm.as_deref()
    }

    pub(crate) const fn version(&self) -> u64 {
        self.version
    }

    pub(crate) const fn touch(&mut self) {
        self.version += 1;
    }

    /// The number that the next process gets.
    pub(crate) const fn next_number(&self) -> Number {
        self.given + 1
    }

    /// The process of a VM with this Pid, unless it has left.
    pub(crate) fn find(&self, vm: Number, pid: &Pid) -> Option<Number> {
        self.vm(vm)?.by_pid.get(pid).copied()
    }

    /// The process of a VM with this Pid, if it is the last one that left there.
    pub(crate) fn find_left(&self, vm: Number, pid: &Pid) -> Option<Number> {
        let (left, number) = self.vm(vm)?.left.as_ref()?;
        (left == pid).then_some(*number)
    }

    /// All processes that have not left, of all VMs, by their Pids.
    pub(crate) fn numbers(&self) -> HashMap<&Pid, Number> {
        let here = self.processes.values().filter(|process| !process.is_gone());
        here.filter_map(|process| Some((process.pid.as_ref()?, process.number))).collect()
    }

    /// The processes of a ground that are in a turn now: the VMs from the outside in, and last the process.
    pub(crate) fn at_work(&self, ground: Number) -> Vec<Number> {
        let within = |vm: &Number| {
            let members = self.vm(*vm)?.by_pid.iter();
            members.into_iter().find(|(pid, _)| pid.is_running()).map(|(_, number)| *number)
        };
        std::iter::successors(within(&ground), within).collect()
    }

    /// The VM at the end of a path in a ground.
    pub(crate) fn find_vm(&self, ground: Number, path: &[Pid]) -> Option<Number> {
        path.iter().try_fold(ground, |vm, pid| self.find(vm, pid))
    }

    /// The process of an endpoint in a VM's network, also if the endpoint was deleted last.
    pub(crate) fn holder(&self, vm: Number, id: EndpointId) -> Option<Holder> {
        let vm = self.vm(vm)?;
        vm.network
            .get(&id)
            .copied()
            .or_else(|| Some(vm.last_deleted?.1).filter(|_| vm.last_deleted.is_some_and(|it| it.0 == id)))
    }

    /// The VMs that contain a process, the innermost first, the ground last.
    pub(crate) fn containers(&self, number: Number) -> impl Iterator<Item = &Process> {
        let around = |number: Number| self.get(number)?.container;
        std::iter::successors(around(number), move |vm| around(*vm)).filter_map(|vm| self.get(vm))
    }

    /// The path from the ground to a process, whose own Pid is the last.
    pub(crate) fn path(&self, number: Number) -> Vec<Pid> {
        let process = self.get(number);
        let pids =
            process.into_iter().chain(self.containers(number)).filter_map(|process| process.pid.clone());
        let mut path: Vec<_> = pids.collect();
        path.reverse();
        path
    }

    pub(crate) fn ground_of(&self, number: Number) -> Number {
        self.containers(number).last().map_or(number, |ground| ground.number)
    }

    /// Notes that a ground has ended, and with it all its processes.
    pub(crate) fn close(&mut self, ground: Number, reason: Option<&str>, at: Instant) {
        let left: Vec<_> = self.vm(ground).into_iter().flat_map(|vm| vm.by_pid.values().copied()).collect();
        left.into_iter().for_each(|number| self.remove(number));
        if let Some(ground) = self.get_mut(ground) {
            (ground.gone, ground.has_failed) = (Some(Gone(at)), reason.is_some());
            ground.reason = reason.map(Arc::from);
        }
        self.touch();
    }

    /// Forgets a ground.
    pub(crate) fn remove_ground(&mut self, ground: Number) {
        self.remove(ground);
        self.grounds.retain(|it| *it != ground);
        self.departed.remove(&ground);
    }

    /// The times at which the processes left that are still shown.
    pub(crate) fn departures(&self) -> impl Iterator<Item = Instant> {
        self.departed.values().flat_map(Departed::times)
    }

    /// Forgets the processes that left too long ago.
    pub(crate) fn tidy(&mut self, now: Instant) {
        let gone: Vec<_> = self.departed.values_mut().flat_map(|departed| departed.expire(now)).collect();
        gone.into_iter().for_each(|number| self.remove(number));
    }

    fn give(&mut self) -> Number {
        self.given += 1;
        self.touch();
        self.given
    }

    /// Adds a process to a VM.
    fn insert(&mut self, vm: Number, pid: &Pid, name: Arc<str>, started_at: Option<Instant>) -> Number {
        let number = self.give();
        if let Some(around) = self.get_mut(vm) {
            let vm = around.vm.get_or_insert_default();
            vm.by_pid.insert(pid.clone(), number);
            vm.members.insert(number);
        }
        let process = Process {
            number,
            name,
            pid: Some(pid.clone()),
            container: Some(vm),
            started_at,
            ..Process::default()
        };
        self.processes.insert(number, process);
        self.count(Some(vm), 1, 1);
        number
    }

    /// Adds to the numbers of processes and rows of this VM and all VMs that contain it.
    fn count(&mut self, mut vm: Option<Number>, processes: isize, rows: isize) {
        while let Some(process) = vm.and_then(|number| self.get_mut(number)) {
            if let Some(vm) = &mut process.vm {
                vm.inside = vm.inside.saturating_add_signed(processes);
                vm.rows = vm.rows.saturating_add_signed(rows);
            }
            vm = process.container;
        }
    }

    /// Forgets a process and all processes inside it.
    fn remove(&mut self, number: Number) {
        let Some(process) = self.processes.remove(&number) else { return };
        self.touch();
        let (inside, rows) = process.vm.as_ref().map_or((0, 0), |vm| (vm.inside, vm.rows));
        let lives = usize::from(!process.is_gone()) + inside;
        self.count(process.container, -(lives as isize), -(1 + rows as isize));
        if let Some(vm) = process.container.and_then(|vm| self.get_mut(vm)?.vm.as_deref_mut()) {
            vm.members.remove(&number);
            vm.forget_children(number);
            if let Some(pid) = process.pid.as_ref().filter(|pid| vm.by_pid.get(pid) == Some(&number)) {
                vm.by_pid.remove(pid);
            }
        }
        let mut members: Vec<_> = process.vm.into_iter().flat_map(|vm| vm.members).collect();
        while let Some(member) = members.pop() {
            members.extend(
                self.processes.remove(&member).and_then(|it| it.vm).into_iter().flat_map(|vm| vm.members),
            );
        }
    }
}
