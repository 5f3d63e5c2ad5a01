//! Identities: the Pids of processes, and the numbers of endpoints.

use std::fmt::{self, Debug};
use std::hash::{Hash, Hasher};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The identity of a process. It is opaque, never reused, and known only in the VM of the process (rule S1).
///
/// A process gets its own by [`Context::pid`](crate::Context::pid), and that of a process that it creates by
/// [`Network::spawn_then`](crate::Network::spawn_then). It is used to end a process
/// ([`Network::kill`](crate::Network::kill)) and to find it in a [`Snapshot`](crate::Snapshot) or a
/// [`Trace`](crate::Trace).
#[derive(Clone)]
pub struct Pid {
    vm: Arc<VmIdentity>,
    pub(crate) slot: usize,
    pub(crate) serial: u64,
}

/// The identity of a VM, compared by its address. All Pids of the VM share it, so each of them can say on any thread
/// which process is running.
#[derive(Debug)]
pub(crate) struct VmIdentity {
    // Behind a trait: clippy would otherwise warn of a map key that can change, though this field is not compared.
    running: Arc<dyn RunningSerial>,
}

/// Knows the serial of the process that is running.
trait RunningSerial: Debug + Send + Sync + UnwindSafe + RefUnwindSafe {
    fn serial(&self) -> usize;
}

/// The process of a VM that is running, as the VM records it.
#[derive(Clone, Debug)]
pub(crate) struct RunningProcess(Arc<AtomicUsize>);

/// The value if no process is running.
const NONE: usize = usize::MAX;

impl Pid {
    pub(crate) fn new(vm: &Arc<VmIdentity>, slot: usize, serial: u64) -> Self {
        Self { vm: Arc::clone(vm), slot, serial }
    }

    /// A Pid that belongs to no VM and is known in none. It is for code that boots an actor by hand, such as a test.
    #[must_use]
    pub fn detached() -> Self {
        Self::new(&RunningProcess::default().identity(), 0, 0)
    }

    /// Whether the process is running: its VM has started a turn of it, and has neither started a turn of another
    /// process nor come to rest since then. If a program hangs, this finds the process that does not return. A nested
    /// VM is running while a process inside it is.
    ///
    /// This can be called on any thread, and it does not block. The answer may be outdated when it is returned.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::mpsc;
    /// use std::thread;
    ///
    /// use marketplace_core::{Ground, Spawn};
    ///
    /// # fn main() -> anyhow::Result<()> {
    /// let (pid_sender, pids) = mpsc::channel();
    /// let (release, released) = mpsc::channel();
    /// let stuck = Spawn::new((), move |(), cx| {
    ///     pid_sender.send(cx.pid().clone())?;
    ///     // A process should never block like this.
    ///     released.recv()?;
    ///     anyhow::Ok(())
    /// });
    /// let program = thread::spawn(|| futures::executor::block_on(Ground::new().spawn(stuck).run()));
    /// let pid = pids.recv()?;
    /// assert!(pid.is_running());
    /// release.send(())?;
    /// program.join().expect("it does not panic")?;
    /// assert!(!pid.is_running());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.vm.running.serial() == self.serial as usize
    }

    pub(crate) fn belongs_to(&self, vm: &Arc<VmIdentity>) -> bool {
        Arc::ptr_eq(&self.vm, vm)
    }
}

impl RunningProcess {
    /// The identity of the VM.
    pub(crate) fn identity(&self) -> Arc<VmIdentity> {
        Arc::new(VmIdentity { running: Arc::clone(&self.0) as Arc<dyn RunningSerial> })
    }

    #[inline]
    pub(crate) fn begin(&self, pid: &Pid) {
        self.0.store(pid.serial as usize, Ordering::Relaxed);
    }

    /// Records that no process is running.
    pub(crate) fn rest(&self) {
        self.0.store(NONE, Ordering::Relaxed);
    }
}

impl Default for RunningProcess {
    fn default() -> Self {
        Self(Arc::new(NONE.into()))
    }
}

impl RunningSerial for AtomicUsize {
    fn serial(&self) -> usize {
        self.load(Ordering::Relaxed)
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
        // Both, since one map may have processes of many VMs as its keys.
        Arc::as_ptr(&self.vm).hash(state);
        self.serial.hash(state);
    }
}

/// The identity of an endpoint within its VM: a number that is never used again.
///
/// It distinguishes peers whose roles are equal: the absence of a peer has the same number as its presence. An
/// endpoint at the meta level has its number from the containing VM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EndpointId(pub u64);

impl fmt::Debug for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pid({})", self.serial)
    }
}
