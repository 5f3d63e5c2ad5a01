//! A trace given to a ground that runs: the guard that ends it.

use std::fmt;
use std::sync::Arc;

use futures::channel::mpsc;

use super::look::Look;
use crate::Snapshot;
use crate::trace::Sink;

/// What [`Handle::trace`](crate::Handle::trace) returns: ends the trace as it is dropped, or with the turn in which it is, of
/// which a trace of the [scope](crate::TraceScope) `Processes` knows nothing.
#[must_use = "a trace ends as its guard is dropped"]
pub struct TraceGuard {
    /// What there was as the trace began.
    pub snapshot: Snapshot,
    sink: Arc<Sink>,
    looks: mpsc::Sender<Look>,
    is_kept: bool,
}

impl TraceGuard {
    pub(super) fn new(sink: Arc<Sink>, looks: mpsc::Sender<Look>) -> Self {
        Self { snapshot: Snapshot::default(), sink, looks, is_kept: false }
    }

    /// Lets the trace go on for as long as the ground.
    pub fn keep(mut self) {
        self.is_kept = true;
    }
}

impl Drop for TraceGuard {
    fn drop(&mut self) {
        if !self.is_kept {
            self.sink.end();
            // Each sender has room for one; a ground that has ended need not be told.
            let _ = self.looks.try_send(Look::EndTraces);
        }
    }
}

impl fmt::Debug for TraceGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TraceGuard").field("is_kept", &self.is_kept).finish_non_exhaustive()
    }
}
