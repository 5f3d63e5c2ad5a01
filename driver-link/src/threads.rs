//! The transport between threads of a program.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::ensure;

use crate::frame::Batch;
use crate::ground::GroundId;
use crate::transport::{
    Receipt, Transport, TransportEvent, TransportEvents, TransportSender, TransportStart,
};

/// A transport that joins grounds of one program, each on a thread of its own. Give each ground a clone of it.
///
/// Messages and reasons are shared and not copied. Nothing is lost in transport.
///
/// # Examples
///
/// ```
/// use driver_link::{Link, Shared, Threads};
/// use marketplace_core::{Ground, Message};
///
/// #[derive(Debug, Message)]
/// struct Job(u32);
///
/// let threads = Threads::new();
/// let links = ["a", "b"].map(|name| Link::new(name).share(Shared::<Job>::new()).join(threads.clone()));
/// let grounds = links.map(|link| Ground::new().spawn(link.spawn()));
/// ```
#[derive(Clone, Default)]
pub struct Threads(Arc<Mutex<Vec<Member>>>);

/// A ground, with the events for it.
struct Member {
    ground: GroundId,
    events: TransportEvents,
}

/// The sending side of a ground.
struct End {
    ground: GroundId,
    threads: Threads,
}

impl Threads {
    /// A transport without grounds.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn members(&self) -> MutexGuard<'_, Vec<Member>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Transport for Threads {
    fn start(self: Box<Self>, start: TransportStart) -> anyhow::Result<Box<dyn TransportSender>> {
        let TransportStart { ground, events, .. } = start;
        let mut members = self.members();
        ensure!(members.iter().all(|member| member.ground != ground), "a link joins the same threads twice");
        for member in members.iter() {
            member.events.report(TransportEvent::Found(ground));
            events.report(TransportEvent::Found(member.ground));
        }
        members.push(Member { ground, events });
        drop(members);
        Ok(Box::new(End { ground, threads: *self }))
    }
}

impl TransportSender for End {
    fn send(&mut self, to: GroundId, batch: Batch) {
        // If it is gone, its loss has been reported.
        if let Some(member) = self.threads.members().iter().find(|member| member.ground == to) {
            member.events.report(TransportEvent::Batch {
                from: self.ground,
                batch,
                receipt: Receipt::default(),
            });
        }
    }
}

impl Drop for End {
    fn drop(&mut self) {
        let mut members = self.threads.members();
        members.retain(|member| member.ground != self.ground);
        for member in members.iter() {
            let why = "it ended without a goodbye".into();
            member.events.report(TransportEvent::Lost { peer: self.ground, why });
        }
    }
}

impl fmt::Debug for Threads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let grounds: Vec<GroundId> = self.members().iter().map(|member| member.ground).collect();
        f.debug_tuple("Threads").field(&grounds).finish()
    }
}
