//! Snapshots: what is in a tree of VMs at one moment, as plain data.

use std::fmt::{self, Display};
use std::sync::Arc;

use crate::{Counters, EndpointId, EventKinds, Level, Pid, Reason, Role, Value};

/// The processes and endpoints of a VM, and of all VMs inside it, between two turns.
///
/// Take one by [`Handle::snapshot`](crate::Handle::snapshot) to see what a program consists of.
///
/// `Display` shows it as a tree to read. Like `Debug`, it runs users' `Debug`.
///
/// # Examples
///
/// ```
/// use anyhow::Context as _;
/// use futures::{executor::block_on, join};
/// use marketplace_core::{Ground, Message, Spawn, topic};
///
/// #[derive(Debug, Message)]
/// struct Word(&'static str);
///
/// # fn main() -> anyhow::Result<()> {
/// let listener = Spawn::new((), |(), cx| {
///     cx.meta().subscriber(topic!(Word("hello"))).named("ear").on_message(|(), _, _| ());
/// });
/// let program = Ground::new().spawn(Spawn::nested([listener.named("listener")]).named("room"));
/// let mut handle = program.handle();
/// let look = async move { handle.snapshot().await };
/// let (ended, snapshot) = block_on(async { join!(program.run(), look) });
/// ended?;
/// let snapshot = snapshot?;
/// let room = snapshot.processes.iter().find(|process| process.name.as_deref() == Some("room"));
/// let inside = room.and_then(|room| room.inside.as_deref()).context("the room has gone")?;
/// assert_eq!(inside.processes[0].endpoints[0].name, "ear".into());
/// println!("{snapshot}");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Snapshot {
    /// The VM's processes, in the order in which they were created. At the ground, the first one is the ground's own.
    pub processes: Vec<ProcessSnapshot>,
    /// The VM's counters, without those of the VMs that are inside it now.
    pub counters: Counters,
}

/// A process in a [`Snapshot`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ProcessSnapshot {
    /// The process.
    pub pid: Pid,
    /// Its name, if it has one.
    pub name: Option<Arc<str>>,
    /// How many of its actions are pending.
    pub pending: usize,
    /// How many turns it has taken.
    pub turns: u64,
    /// Why it is leaving, if it is (rule S11).
    pub leaving: Option<Reason>,
    /// Its endpoints that exist, in the order in which they were requested.
    pub endpoints: Vec<EndpointSnapshot>,
    /// Its endpoints at the meta level that have been requested and that the containing VM has not created yet.
    pub requested: Vec<EndpointSnapshot>,
    /// What is inside it, if it is a VM and can be inspected: see [`Actor::inspect`](crate::Actor::inspect).
    pub inside: Option<Box<Snapshot>>,
}

/// An endpoint in a [`Snapshot`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EndpointSnapshot {
    /// Its number, as its peers see it.
    pub id: EndpointId,
    /// Its number in the process' own VM, by which a trace refers to actions at the meta level. It is the same as
    /// [`id`](Self::id), except for an endpoint at the meta level that exists.
    pub number: EndpointId,
    /// Its name, unique within the process and the level.
    pub name: Value,
    /// The network that it is in. An endpoint at the meta level of a process in a nested VM is shown twice: here, and
    /// with the same number in the containing VM as one of the nested VM's own endpoints.
    pub level: Level,
    /// What it takes part in.
    pub role: Role,
    /// The kinds of event that it handles.
    pub kinds: EventKinds,
}

impl Snapshot {
    /// The VM at the end of this path of nested VMs, the outermost first. An empty path is this VM.
    ///
    /// [`TaskContext::path`](crate::TaskContext::path) returns such a path.
    #[must_use]
    pub fn inside(&self, path: &[Pid]) -> Option<&Self> {
        path.iter().try_fold(self, |vm, pid| vm.process(pid)?.inside.as_deref())
    }

    /// The process of this VM with this Pid.
    #[must_use]
    pub fn process(&self, pid: &Pid) -> Option<&ProcessSnapshot> {
        self.processes.iter().find(|process| process.pid == *pid)
    }

    /// The counters of the VM and of all VMs inside it, added up.
    #[must_use]
    pub fn total(&self) -> Counters {
        let inside = self.processes.iter().filter_map(|process| process.inside.as_deref());
        inside.fold(self.counters, |mut total, inside| {
            total += inside.total();
            total
        })
    }

    fn show(&self, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        self.processes.iter().try_for_each(|process| process.show(f, depth))
    }
}

impl ProcessSnapshot {
    fn show(&self, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        let Self { pid, name, pending, leaving, endpoints, inside, .. } = self;
        let indent = 2 * depth;
        write!(f, "{:indent$}{pid:?}", "")?;
        if let Some(name) = name {
            write!(f, " {name}")?;
        }
        if *pending > 0 {
            write!(f, ", pending: {pending}")?;
        }
        if let Some(reason) = leaving {
            write!(f, ", leaving: {reason}")?;
        }
        writeln!(f)?;
        endpoints.iter().try_for_each(|endpoint| writeln!(f, "{:indent$}  {endpoint}", ""))?;
        inside.as_ref().map_or(Ok(()), |inside| inside.show(f, depth + 1))
    }
}

impl Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.show(f, 0)
    }
}

impl Display for EndpointSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id: EndpointId(id), name, level, role, .. } = self;
        let Role { orientation, interest, topic } = role;
        let meta = if *level == Level::Meta { " at the meta level" } else { "" };
        write!(f, "#{id} {name:?}{meta}: {orientation:?} {interest:?} of {topic:?}")
    }
}
