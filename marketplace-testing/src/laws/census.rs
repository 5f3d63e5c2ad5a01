//! What there is of a driver in a program.

use marketplace_core::{ProcessSnapshot, Snapshot};

use super::scene::is_own;
use crate::program::open_sources;

/// How much there is in a program, what is the test's own left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Census {
    /// The processes, by the names that they were given.
    pub(super) processes: Vec<String>,
    /// How many endpoints they have together.
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
