//! The status of single processes, for code that looks at a few of many.

use std::sync::Arc;

use crate::{Counters, Pid, Reason};

/// The status of a process between two turns, as [`Handle::processes`](crate::Handle::processes) returns it.
///
/// Its cost does not depend on the size of the program, unlike that of a [`Snapshot`](crate::Snapshot).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ProcessStatus {
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
    /// If it is a VM that can be inspected (see [`Actor::inspect`](crate::Actor::inspect)): its counters, without
    /// those of the VMs that are inside it now.
    pub counters: Option<Counters>,
}
