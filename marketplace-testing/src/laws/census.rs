//! A count of what a driver has in a program.

use marketplace_core::{ProcessSnapshot, Snapshot};

use super::scene::is_own;
use crate::program::open_sources;

/// The processes, endpoints and sources of a program, without those of the test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Census {
    /// The names of the processes.
    pub(super) processes: Vec<String>,
    /// The number of their endpoints.
    pub(super) endpoints: usize,
    /// The event sources that the ground has open.
    pub(super) sources: Vec<String>,
}

impl Census {
    pub(super) fn new(snapshot: &Snapshot) -> Self {
        let sources = open_sources(snapshot);
        let mut census = Self { processes: Vec::new(), endpoints: 0, sources };
        census.count(snapshot);
        census.processes.sort();
        census.sources.sort();
        census
    }

    fn count(&mut self, snapshot: &Snapshot) {
        for process in &snapshot.processes {
            if let Some(inside) = &process.inside {
                self.count(inside);
            } else if !process.name.as_deref().is_some_and(is_own) {
                self.add(process);
            }
        }
    }

    fn add(&mut self, process: &ProcessSnapshot) {
        let name = process.name.as_deref().unwrap_or("a process without a name");
        self.processes.push(name.to_owned());
        self.endpoints += process.endpoints.len() + process.requested.len();
    }
}
