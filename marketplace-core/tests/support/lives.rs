//! The lives of processes, as two traces receive them: one that receives nothing else, and one that receives
//! everything.

use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use marketplace_core::{Pid, Trace, TraceEvent, TraceScope};

/// A trace that logs the lives of processes.
#[derive(Clone)]
pub(crate) struct Lives {
    scope: TraceScope,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Lives {
    pub(crate) fn new(scope: TraceScope) -> Self {
        Self { scope, lines: Arc::default() }
    }

    pub(crate) fn take(&self) -> Vec<String> {
        mem::take(&mut self.lines.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Trace for Lives {
    fn trace(&self, vm: &[Pid], event: &TraceEvent<'_>) {
        let is_life = matches!(
            event,
            TraceEvent::ProcessStarted { .. }
                | TraceEvent::ProcessLeaving { .. }
                | TraceEvent::ProcessLeft { .. }
                | TraceEvent::Failed { .. }
                | TraceEvent::Restarted { .. }
        );
        // A trace with the narrow scope logs everything that it receives, so that a test sees if it receives too much.
        if is_life || self.scope == TraceScope::Processes {
            let line = format!("{vm:?} {event:?}");
            self.lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
    }

    fn scope(&self) -> TraceScope {
        self.scope
    }
}
