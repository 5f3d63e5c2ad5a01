//! The rows of the tree.

use serde::Serialize;

use super::{Number, State};

/// The rows of the tree that the page shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Tree {
    /// How many rows there are in all.
    pub(crate) total: usize,
    /// The index of the first row here.
    pub(crate) from: usize,
    pub(crate) rows: Vec<Row>,
}

/// The row of a process or of a ground.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Row {
    pub(crate) number: Number,
    /// How many VMs contain it. 0 for a ground.
    pub(crate) depth: usize,
    pub(crate) kind: Kind,
    /// Its name. A ground has the program's title. Empty for a process without a name.
    pub(crate) name: String,
    /// As it is written in the log, such as `Pid(3)`.
    pub(crate) pid: String,
    /// Seconds since it started. `None` if that was before the inspection.
    pub(crate) age: Option<f64>,
    pub(crate) turns: u64,
    pub(crate) pending: usize,
    /// How often it was restarted; for a supervisor, how often it has restarted its children.
    pub(crate) restarts: u64,
    pub(crate) state: State,
    /// Why it is leaving, has left or has failed.
    pub(crate) reason: Option<String>,
    /// For a VM: how many processes it contains, at all levels.
    pub(crate) inside: usize,
    /// Whether the rows of the processes inside follow.
    pub(crate) open: bool,
    pub(crate) endpoints: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Ground,
    Vm,
    #[default]
    Process,
}
