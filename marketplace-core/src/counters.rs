//! Counters: how much has happened in a VM, and how much is in it.

use std::iter::Sum;
use std::ops::{Add, AddAssign};
use std::sync::{Arc, Mutex, PoisonError};

/// How much has happened in a VM, or in a tree of VMs, since it began, and how much is in it now.
///
/// [`Handle::counters`](crate::Handle::counters) returns those of a program.
///
/// When a nested VM ends, its counts are added to those of the containing VM. Counters of several grounds can be
/// added.
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
    /// Turns taken to handle a message: one for each endpoint that handled it.
    pub deliveries: u64,
    /// All turns taken, also those for messages. What happens in a nested VM also takes turns in the containing VM.
    pub turns: u64,
    /// Messages that no participant received (rule S5).
    pub dropped: u64,
    /// Processes that failed, by an error or a panic.
    pub crashes: u64,
    /// Processes that were started in the place of one that had ended. Supervisors report them by
    /// [`Context::trace_restart`](crate::Context::trace_restart).
    pub restarts: u64,
    /// Processes that exist now.
    pub processes: usize,
    /// Endpoints that exist now. An endpoint at the meta level counts in the containing VM.
    pub endpoints: usize,
    /// Actions that are pending, and processes that are about to be removed.
    pub pending: usize,
}

/// The counts of nested VMs that have ended, and the restarts of this VM. The nested VMs share it.
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
