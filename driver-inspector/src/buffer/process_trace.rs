//! The trace that is always on. It records only when processes start and end.
//!
//! So the page can show ages, names, failures and their reasons of the time before it was opened.

use std::sync::Arc;

use marketplace_core::{Pid, Trace, TraceEvent, TraceScope};

use super::{TraceBuffer, TracedEvent};
use crate::text;

/// How much of a name is kept.
const NAME: usize = 100;

#[derive(Debug)]
pub(crate) struct ProcessTrace(pub(crate) Arc<TraceBuffer>);

impl Trace for ProcessTrace {
    fn trace(&self, vm: &[Pid], event: &TraceEvent<'_>) {
        if let Some(event) = life(event) {
            self.0.lock().write(0, vm, event);
        }
    }

    fn scope(&self) -> TraceScope {
        TraceScope::Processes
    }
}

fn life(event: &TraceEvent<'_>) -> Option<TracedEvent> {
    Some(match *event {
        TraceEvent::ProcessStarted { pid, name, by } => {
            TracedEvent::Started { pid: pid.clone(), name: name.map(cut), by: by.cloned() }
        }
        TraceEvent::ProcessLeaving { pid, reason } => {
            TracedEvent::Leaving { pid: pid.clone(), reason: reason.clone() }
        }
        TraceEvent::Failed { pid, reason } => {
            TracedEvent::Failed { pid: pid.clone(), reason: reason.clone() }
        }
        TraceEvent::ProcessLeft { pid, reason, .. } => {
            TracedEvent::Left { pid: pid.clone(), reason: reason.clone() }
        }
        TraceEvent::Restarted { pid, child, reason } => {
            TracedEvent::Restarted { pid: pid.clone(), child: cut(child), reason: reason.clone() }
        }
        _ => return None,
    })
}

fn cut(name: &str) -> Arc<str> {
    text::display(&name, NAME).into()
}
