//! Counters: how much has happened in a VM, and how much there is.

use std::iter::Sum;
use std::ops::{Add, AddAssign};
use std::sync::{Arc, Mutex, PoisonError};

/// How much has happened, since its beginning, in a VM or in a whole tree of them, and how much there is now.
///
/// What has happened in a nested VM is added to its container's counters when it goes. Those of several grounds add up.
///
/// # Examples
///
/// ```
/// use marketplace_core::Counters;
///
/// let [mut one, mut other] = [Counters::default(); 2];
/// (one.messages, one.processes) = (3, 1);
/// (other.messages, other.processes) = (4, 2);
/// let all: Counters = [one, other].into_iter().sum();
/// assert_eq!((all.messages, all.processes), (7, 3));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Messages sent.
    pub messages: u64,
    /// Turns taken for messages: one for each endpoint that handled one.
    pub deliveries: u64,
    /// Turns taken, those for messages among them. What happens in a nested VM happens in turns of its own in the VM around.
    pub turns: u64,
    /// Messages that no participant was there to take (rule S5).
    pub dropped: u64,
    /// Processes that failed, by an error or a panic.
    pub crashes: u64,
    /// Processes that were put in the place of one that had left, as supervisors tell by
    /// [`Context::trace_restart`](crate::Context::trace_restart).
    pub restarts: u64,
    /// The processes that there are.
    pub processes: usize,
    /// The endpoints that there are; one at the meta level counts in the VM around.
    pub endpoints: usize,
    /// The actions that wait to be performed, and the processes that are about to go.
    pub pending: usize,
}

/// What a VM's processes count, and what the nested VMs had counted that are gone; shared with the nested VMs there are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally(Arc<Mutex<Counters>>);

impl Tally {
    pub(crate) fn add(&self, counters: Counters) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += counters;
    }

    pub(crate) fn get(&self) -> Counters {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AddAssign for Counters {
    fn add_assign(&mut self, other: Self) {
        self.messages += other.messages;
        self.deliveries += other.deliveries;
        self.turns += other.turns;
        self.dropped += other.dropped;
        self.crashes += other.crashes;
        self.restarts += other.restarts;
        self.processes += other.processes;
        self.endpoints += other.endpoints;
        self.pending += other.pending;
    }
}

impl Add for Counters {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

impl Sum for Counters {
    fn sum<I: Iterator<Item = Self>>(counters: I) -> Self {
        counters.fold(Self::default(), Self::add)
    }
}
