//! The state of a process.

use std::collections::HashSet;

use crate::frame::{Number, State};
use crate::tree::Process;

/// The processes that are in a turn that does not end: the process itself and all VMs that contain it.
#[derive(Debug, Default)]
pub(crate) struct Stuck(pub(crate) HashSet<Number>);

impl Stuck {
    pub(crate) fn state(&self, process: &Process) -> State {
        match process {
            Process { gone: Some(_), has_failed: true, .. } => State::Failed,
            Process { gone: Some(_), .. } => State::Left,
            Process { number, .. } if self.0.contains(number) => State::Stuck,
            Process { is_leaving: true, .. } => State::Leaving,
            Process { is_busy, pending, .. } if *is_busy || *pending > 0 => State::Busy,
            _ => State::Idle,
        }
    }
}
