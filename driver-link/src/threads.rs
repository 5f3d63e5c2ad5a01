//! The carrier between the threads of a program.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::ensure;

use crate::carrier::{Arrival, Arrivals, Carrier, Outward, Receipt, Start};
use crate::frame::Batch;
use crate::ground::GroundId;

/// Joins grounds of one program, each on a thread of its own: those that are given a clone of it.
///
/// Messages are shared, not copied, and reasons too. Nothing is lost on the way.
#[derive(Clone, Default)]
pub struct Threads(Arc<Mutex<Vec<Member>>>);

/// A ground, and whom to tell what comes for it.
struct Member {
    ground: GroundId,
    arrivals: Arrivals,
}

/// A ground's way to the others.
struct End {
    ground: GroundId,
    threads: Threads,
}

impl Threads {
    /// Joins nobody yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn members(&self) -> MutexGuard<'_, Vec<Member>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Carrier for Threads {
    fn start(self: Box<Self>, start: Start) -> anyhow::Result<Box<dyn Outward>> {
        let Start { ground, arrivals, .. } = start;
        let mut members = self.members();
        ensure!(members.iter().all(|member| member.ground != ground), "a link joins the same threads twice");
        for member in members.iter() {
            member.arrivals.tell(Arrival::Met(ground));
            arrivals.tell(Arrival::Met(member.ground));
        }
        members.push(Member { ground, arrivals });
        drop(members);
        Ok(Box::new(End { ground, threads: *self }))
    }
}

impl Outward for End {
    fn send(&mut self, to: GroundId, batch: Batch) {
        // If it is gone, its loss has been told.
        if let Some(member) = self.threads.members().iter().find(|member| member.ground == to) {
            member.arrivals.tell(Arrival::Batch { from: self.ground, batch, receipt: Receipt::default() });
        }
    }
}

impl Drop for End {
    fn drop(&mut self) {
        let mut members = self.threads.members();
        members.retain(|member| member.ground != self.ground);
        for member in members.iter() {
            let why = "it has gone without a goodbye".into();
            member.arrivals.tell(Arrival::Lost { peer: self.ground, why });
        }
    }
}

impl fmt::Debug for Threads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let grounds: Vec<GroundId> = self.members().iter().map(|member| member.ground).collect();
        f.debug_tuple("Threads").field(&grounds).finish()
    }
}
