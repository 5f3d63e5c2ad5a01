//! Snapshots of programs, which answer questions about topics. Several questions at the same time share one snapshot.

use std::collections::HashMap;
use std::ops::Deref;
use std::rc::Rc;
use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::future::{LocalBoxFuture, Shared};
use marketplace_core::{Handle, Snapshot};

use crate::frame::Number;
use crate::panic::discard;
use crate::request::{Answer, ProgramRequest};

/// How long a snapshot is used for further questions.
const FRESH: Duration = Duration::from_secs(1);

/// The latest snapshots, by ground.
#[derive(Debug, Default)]
pub(crate) struct SnapshotCache(HashMap<Number, (Instant, PendingSnapshot)>);

/// A snapshot that is requested or has arrived. `None` if the program has ended.
pub(crate) type PendingSnapshot = Shared<LocalBoxFuture<'static, Option<Rc<CachedSnapshot>>>>;

/// A snapshot that can be dropped safely, although dropping the values in it may panic.
#[derive(Debug)]
pub(crate) struct CachedSnapshot(Snapshot);

impl SnapshotCache {
    /// A snapshot of a ground, new or a moment old. While a request is unanswered, no further one is sent.
    pub(crate) fn get(&mut self, ground: Number, handle: &Handle, now: Instant) -> PendingSnapshot {
        self.tidy(now);
        let (_, snapshot) = self.0.entry(ground).or_insert_with(|| (now, request(handle)));
        snapshot.clone()
    }

    /// Forgets snapshots that are too old, but no unanswered request.
    pub(crate) fn tidy(&mut self, now: Instant) {
        self.0.retain(|_, (asked, snapshot)| {
            now.saturating_duration_since(*asked) <= FRESH || snapshot.clone().now_or_never().is_none()
        });
    }
}

fn request(handle: &Handle) -> PendingSnapshot {
    let answer = ProgramRequest::Snapshot.send(handle).map(|answer| match answer {
        Answer::Snapshot(snapshot) => Some(Rc::new(CachedSnapshot(snapshot))),
        _ => None,
    });
    answer.boxed_local().shared()
}

impl Deref for CachedSnapshot {
    type Target = Snapshot;

    fn deref(&self) -> &Snapshot {
        &self.0
    }
}

impl Drop for CachedSnapshot {
    fn drop(&mut self) {
        discard(std::mem::take(&mut self.0));
    }
}
