//! The guard of a trace that was given to a running ground.

use std::fmt;
use std::sync::Arc;

use futures::channel::mpsc;

use super::look::Look;
use crate::Snapshot;
use crate::trace::Sink;

/// Ends a trace when it is dropped; returned by [`Handle::trace`](crate::Handle::trace).
///
/// If it is dropped during a turn, the trace receives events until the end of that turn, unless its
/// [scope](crate::TraceScope) is `Processes`.
#[must_use = "a trace ends when its guard is dropped"]
pub struct TraceGuard {
    /// The state of the program when the trace began.
    pub snapshot: Snapshot,
    sink: Arc<Sink>,
    looks: mpsc::Sender<Look>,
    is_kept: bool,
}

impl TraceGuard {
    pub(super) fn new(sink: Arc<Sink>, looks: mpsc::Sender<Look>) -> Self {
        Self { snapshot: Snapshot::default(), sink, looks, is_kept: false }
    }

    /// Lets the trace continue as long as the ground.
    pub fn keep(mut self) {
        self.is_kept = true;
    }
}

impl Drop for TraceGuard {
    fn drop(&mut self) {
        if !self.is_kept {
            self.sink.end();
            // Each sender has room for one request. A ground that has ended needs none.
            let _ = self.looks.try_send(Look::EndTraces);
        }
    }
}

impl fmt::Debug for TraceGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TraceGuard").field("is_kept", &self.is_kept).finish_non_exhaustive()
    }
}
