//! All there is in a program, as it is looked at for questions: once, however many are asked at the same time.

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

/// How long a look is good for another question.
const FRESH: Duration = Duration::from_secs(1);

/// What has been seen, by the grounds.
#[derive(Debug, Default)]
pub(crate) struct SnapshotCache(HashMap<Number, (Instant, PendingSnapshot)>);

/// A look under way, or what it has come to: nothing, if the program has ended.
pub(crate) type PendingSnapshot = Shared<LocalBoxFuture<'static, Option<Rc<CachedSnapshot>>>>;

/// All there is. The values in it may panic as they are dropped.
#[derive(Debug)]
pub(crate) struct CachedSnapshot(Snapshot);

impl SnapshotCache {
    /// What there is in a ground, now or a moment ago. A program that has not answered is not asked again.
    pub(crate) fn see(&mut self, ground: Number, handle: &Handle, now: Instant) -> PendingSnapshot {
        self.tidy(now);
        let (_, seeing) = self.0.entry(ground).or_insert_with(|| (now, look(handle)));
        seeing.clone()
    }

    /// Forgets what was asked for too long ago, unless it is still to come.
    pub(crate) fn tidy(&mut self, now: Instant) {
        self.0.retain(|_, (asked, seeing)| {
            now.saturating_duration_since(*asked) <= FRESH || seeing.clone().now_or_never().is_none()
        });
    }
}

fn look(handle: &Handle) -> PendingSnapshot {
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
