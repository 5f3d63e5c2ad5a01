//! Identities: Pids of processes, and the numbers of endpoints.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// The identity of a process: opaque, never reused, and of no meaning outside its VM (rule S1).
#[derive(Clone)]
pub struct Pid {
    vm: Arc<VmIdentity>,
    pub(crate) slot: usize,
    pub(crate) serial: u64,
}

/// Told apart by its address; not empty, so that each has one of its own.
#[derive(Debug, Default)]
pub(crate) struct VmIdentity {
    _address: u8,
}

impl Pid {
    pub(crate) fn new(vm: &Arc<VmIdentity>, slot: usize, serial: u64) -> Self {
        Self { vm: Arc::clone(vm), slot, serial }
    }

    /// A Pid of no VM's, unknown everywhere: for those who boot an actor by hand, as a test does.
    #[must_use]
    pub fn detached() -> Self {
        Self::new(&Arc::default(), 0, 0)
    }

    pub(crate) fn belongs_to(&self, vm: &Arc<VmIdentity>) -> bool {
        Arc::ptr_eq(&self.vm, vm)
    }
}

impl PartialEq for Pid {
    fn eq(&self, other: &Self) -> bool {
        self.serial == other.serial && self.belongs_to(&other.vm)
    }
}

impl Eq for Pid {}

impl Hash for Pid {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Both, since the processes of many VMs may be the keys of one map.
        Arc::as_ptr(&self.vm).hash(state);
        self.serial.hash(state);
    }
}

/// The identity of an endpoint within its VM: a number that is never used again.
///
/// It tells apart peers whose roles are equal: the absence of a peer has the number that its presence had. An endpoint
/// at the meta level has its number from the VM around the process' own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EndpointId(pub u64);

impl fmt::Debug for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pid({})", self.serial)
    }
}
