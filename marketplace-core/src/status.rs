//! How single processes stand, for those who look at a few of many.

use std::sync::Arc;

use crate::{Counters, Pid, Reason};

/// How a process stands between two turns; what [`Handle::processes`](crate::Handle::processes) tells of it.
///
/// To look at one costs no more in a large program than in a small one, unlike a [`Snapshot`](crate::Snapshot).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ProcessStatus {
    /// Its identity.
    pub pid: Pid,
    /// Its name, if it was given one.
    pub name: Option<Arc<str>>,
    /// How many of its actions wait to be performed.
    pub pending: usize,
    /// How many turns it has taken.
    pub turns: u64,
    /// Why it goes, if it is leaving (rule S11).
    pub leaving: Option<Reason>,
    /// The VM's counters, without those of the VMs that are inside it now, if it is a VM and is seen to be one: see
    /// [`Actor::inspect`](crate::Actor::inspect).
    pub counters: Option<Counters>,
}
