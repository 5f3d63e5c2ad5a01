//! Counts of all messages by type and by VM. Messages that are not recorded are counted, too.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::Arc;

use marketplace_core::Pid;

/// The most VMs that are counted separately in a batch.
const VMS: usize = 10_000;

#[derive(Debug, Default)]
pub(crate) struct Counted {
    pub(crate) types: HashMap<TypeId, TypeCount>,
    pub(crate) vms: Vec<(Arc<[Pid]>, Count)>,
    /// The index of each VM in `vms`.
    places: HashMap<Arc<[Pid]>, usize>,
    /// The index that was used last, because the next one is usually the same.
    last: usize,
    /// How many messages were sent, plus how many were delivered.
    pub(crate) happened: u64,
}

#[derive(Debug)]
pub(crate) struct TypeCount {
    pub(crate) name: &'static str,
    pub(crate) count: Count,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) messages: u64,
    pub(crate) deliveries: u64,
    pub(crate) dropped: u64,
    pub(crate) turns: u64,
}

impl Counted {
    pub(super) fn turn(&mut self, vm: &[Pid]) {
        self.in_vm(vm, Count { turns: 1, ..Count::default() });
    }

    /// Counts a message when all its deliveries are done.
    pub(super) fn message(&mut self, vm: &[Pid], message_type: TypeId, name: &'static str, count: Count) {
        self.in_vm(vm, count);
        let counted =
            self.types.entry(message_type).or_insert_with(|| TypeCount { name, count: Count::default() });
        counted.count.add(count);
    }

    fn in_vm(&mut self, vm: &[Pid], count: Count) {
        if self.vms.get(self.last).is_none_or(|(path, _)| **path != *vm) {
            let Some(place) = self.places.get(vm).copied().or_else(|| self.place(vm)) else { return };
            self.last = place;
        }
        self.vms[self.last].1.add(count);
    }

    fn place(&mut self, vm: &[Pid]) -> Option<usize> {
        let place = Some(self.vms.len()).filter(|place| *place < VMS)?;
        let path: Arc<[Pid]> = vm.into();
        self.vms.push((Arc::clone(&path), Count::default()));
        self.places.insert(path, place);
        Some(place)
    }
}

impl Count {
    pub(crate) fn add(&mut self, other: Self) {
        self.messages += other.messages;
        self.deliveries += other.deliveries;
        self.dropped += other.dropped;
        self.turns += other.turns;
    }
}
