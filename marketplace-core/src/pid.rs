//! Identities: Pids of processes, and the numbers of endpoints.

use std::fmt;
use std::hash::{Hash, Hasher};
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
    /// The serial of the process.
    at_work: AtomicUsize,
}

/// In the place of a serial.
const NOBODY: usize = usize::MAX;

impl Pid {
    pub(crate) fn new(vm: &Arc<VmIdentity>, slot: usize, serial: u64) -> Self {
        Self { vm: Arc::clone(vm), slot, serial }
    }

    /// A Pid of no VM's, unknown everywhere: for those who boot an actor by hand, as a test does.
    #[must_use]
    pub fn detached() -> Self {
        Self::new(&Arc::default(), 0, 0)
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
    /// assert!(pid.is_at_work());
    /// let_go.send(())?;
    /// program.join().expect("it does not panic")?;
    /// assert!(!pid.is_at_work());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn is_at_work(&self) -> bool {
        self.vm.at_work.load(Ordering::Relaxed) == self.serial as usize
    }

    pub(crate) fn belongs_to(&self, vm: &Arc<VmIdentity>) -> bool {
        Arc::ptr_eq(&self.vm, vm)
    }
}

impl VmIdentity {
    /// Notes who is at work.
    #[inline]
    pub(crate) fn begin(&self, pid: &Pid) {
        self.at_work.store(pid.serial as usize, Ordering::Relaxed);
    }

    /// Notes that nobody is.
    pub(crate) fn rest(&self) {
        self.at_work.store(NOBODY, Ordering::Relaxed);
    }
}

impl Default for VmIdentity {
    fn default() -> Self {
        Self { at_work: NOBODY.into() }
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
