//! Lives: the trace that is always on, and tells of processes alone.
//!
//! So ages, names, failures and their reasons are known although no page was open.

use std::sync::Arc;

use marketplace_core::{Pid, Trace, TraceEvent, TraceScope};

use super::{Tape, Told};
use crate::shown;

/// How much of a name is kept.
const NAME: usize = 100;

#[derive(Debug)]
pub(crate) struct Lives(pub(crate) Arc<Tape>);

impl Trace for Lives {
    fn trace(&self, vm: &[Pid], event: &TraceEvent<'_>) {
        if let Some(told) = life(event) {
            self.0.head().write(0, vm, told);
        }
    }

    fn scope(&self) -> TraceScope {
        TraceScope::Processes
    }
}

fn life(event: &TraceEvent<'_>) -> Option<Told> {
    Some(match *event {
        TraceEvent::ProcessStarted { pid, name, by } => {
            Told::Started { pid: pid.clone(), name: name.map(cut), by: by.cloned() }
        }
        TraceEvent::ProcessLeaving { pid, reason } => {
            Told::Leaving { pid: pid.clone(), reason: reason.clone() }
        }
        TraceEvent::Failed { pid, reason } => Told::Failed { pid: pid.clone(), reason: reason.clone() },
        TraceEvent::ProcessLeft { pid, reason, .. } => {
            Told::Left { pid: pid.clone(), reason: reason.clone() }
        }
        TraceEvent::Restarted { pid, child, reason } => {
            Told::Restarted { pid: pid.clone(), child: cut(child), reason: reason.clone() }
        }
        _ => return None,
    })
}

fn cut(name: &str) -> Arc<str> {
    shown::display(&name, NAME).into()
}
