//! Identities: Pids of processes, and the numbers of endpoints.

use std::fmt::{self, Debug};
use std::hash::{Hash, Hasher};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The identity of a process: opaque, never reused, and of no meaning outside its VM (rule S1).
#[derive(Clone)]
pub struct Pid {
    vm: Arc<VmIdentity>,
    pub(crate) slot: usize,
    pub(crate) serial: u64,
}

/// Told apart by its address. Its Pids share it, so it also tells whoever has one who is at work, on any thread.
#[derive(Debug)]
pub(crate) struct VmIdentity {
    // Behind a trait, since lints take what can change, though nothing is compared by it, for a bad key of a map.
    running: Arc<dyn RunningSerial>,
}

/// What tells the serial of the process that is at work.
trait RunningSerial: Debug + Send + Sync + UnwindSafe + RefUnwindSafe {
    fn serial(&self) -> usize;
}

/// Who is at work in a VM, as the VM notes it.
#[derive(Clone, Debug)]
pub(crate) struct RunningProcess(Arc<AtomicUsize>);

/// In the place of a serial.
const NONE: usize = usize::MAX;

impl Pid {
    pub(crate) fn new(vm: &Arc<VmIdentity>, slot: usize, serial: u64) -> Self {
        Self { vm: Arc::clone(vm), slot, serial }
    }

    /// A Pid of no VM's, unknown everywhere: for those who boot an actor by hand, as a test does.
    #[must_use]
    pub fn detached() -> Self {
        Self::new(&RunningProcess::default().identity(), 0, 0)
    }

    /// Whether the process is at work: its VM has given it a turn, and has not come to another one's, nor to rest, since.
    /// So it is the one to ask about if a program hangs. A nested VM is at work while one of those inside it is.
    ///
    /// This can be asked on any thread, and waits for nothing. The answer may be outdated as it is given.
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
    /// let (tell, told) = mpsc::channel();
    /// let (let_go, wait) = mpsc::channel();
    /// let stuck = Spawn::new((), move |(), cx| {
    ///     tell.send(cx.pid().clone())?;
    ///     // As no process should.
    ///     wait.recv()?;
    ///     anyhow::Ok(())
    /// });
    /// let program = thread::spawn(|| futures::executor::block_on(Ground::new().spawn(stuck).run()));
    /// let pid = told.recv()?;
    /// assert!(pid.is_running());
    /// let_go.send(())?;
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

    /// Notes that nobody is at work.
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
