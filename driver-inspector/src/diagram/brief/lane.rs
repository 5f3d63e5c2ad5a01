//! The lanes: one for each process. The processes of a VM are side by side, the oldest first.

use std::collections::HashMap;

use super::row::{Process, Rows};
use crate::frame::Number;

/// The most processes with a lane of their own. The others share one.
const LANES: usize = 12;

#[derive(Debug, Default)]
pub(super) struct Lanes<'a> {
    pub(super) lanes: Vec<&'a Process>,
    /// How many processes share the last lane.
    pub(super) others: usize,
    index: HashMap<Number, usize>,
}

impl<'a> Lanes<'a> {
    pub(super) fn new(rows: &'a Rows) -> Self {
        let mut lanes: Vec<_> = rows.processes.iter().take(LANES).collect();
        lanes.sort_by_key(|process| (process.vm, process.number));
        let index = lanes.iter().enumerate().map(|(at, process)| (process.number, at)).collect();
        Self { lanes, others: rows.processes.len().saturating_sub(LANES), index }
    }

    /// The number of lanes, including the shared one.
    pub(super) fn len(&self) -> usize {
        self.lanes.len() + usize::from(self.others > 0)
    }

    /// The index of a process' lane.
    pub(super) fn of(&self, process: Number) -> usize {
        self.index.get(&process).copied().unwrap_or(self.lanes.len())
    }
}
