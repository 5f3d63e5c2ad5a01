//! The rows of the tree.

use serde::Serialize;

use super::{Number, State};

/// The rows of the tree that are in sight.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Tree {
    /// How many rows there are in all.
    pub(crate) total: usize,
    /// Which of them is the first here.
    pub(crate) from: usize,
    pub(crate) rows: Vec<Row>,
}

/// A process, or a ground, in the tree.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Row {
    pub(crate) number: Number,
    /// How many VMs it is in: a ground 0.
    pub(crate) depth: usize,
    pub(crate) kind: Kind,
    /// Its name; a ground has the program's title, a process without a name an empty one.
    pub(crate) name: String,
    /// As the log has it, such as `Pid(3)`.
    pub(crate) pid: String,
    /// Seconds since it started; nothing, if that was before the inspector.
    pub(crate) age: Option<f64>,
    pub(crate) turns: u64,
    pub(crate) pending: usize,
    /// How often a supervisor has put another in its place, or, for a supervisor, how often it has done so.
    pub(crate) restarts: u64,
    pub(crate) state: State,
    /// Why it leaves, has left or has failed.
    pub(crate) reason: Option<String>,
    /// How many processes are in it, if it is a VM, all levels.
    pub(crate) inside: usize,
    /// Whether the rows of those inside follow.
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
