//! A row of the tree.

use std::time::Instant;

use crate::frame::{Row, State};
use crate::tree::Process;

/// The row of a process, without its age.
pub(crate) fn row(process: &Process, state: State, depth: usize, is_open: bool) -> Row {
    Row {
        number: process.number,
        depth,
        kind: process.kind(),
        name: process.name.to_string(),
        pid: process.pid_text(),
        age: None,
        turns: process.turns,
        pending: process.pending,
        restarts: process.restarts,
        state,
        reason: process.reason.as_deref().map(str::to_owned),
        inside: process.vm.as_ref().map_or(0, |vm| vm.inside),
        open: is_open,
        endpoints: process.endpoints.len(),
    }
}

/// The age of a process in seconds. If it has left, its age at that time.
pub(crate) fn age(process: &Process, now: Instant) -> Option<f64> {
    let end = process.gone.map_or(now, |gone| gone.0);
    Some(end.saturating_duration_since(process.started_at?).as_secs_f64())
}
