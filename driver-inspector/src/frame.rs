//! The frames that a page is sent. Each has what has changed in the views that the page shows.
//!
//! Processes have numbers of the inspector's own: unlike a `Pid`, such a number is unique across all VMs and grounds.
//! Where the length of a list is bounded, its comment says the bound.

mod detail;
mod explanation;
mod graph;
mod numbers;
mod status;
mod timeline;
mod tree;

use serde::Serialize;

pub(crate) use detail::{Detail, Endpoint, Peer};
pub(crate) use explanation::{Difference, Explained, Explanation, Relation, Side};
pub(crate) use graph::{Edge, Graph, Node};
pub(crate) use numbers::{Numbers, Second, Totals, TypeRates, VmRates};
pub(crate) use status::{State, Status, Values};
pub(crate) use timeline::{Inner, Party, Record, Timeline, What};
pub(crate) use tree::{Kind, Row, Tree};

/// The number of a process, or of a ground, which is the root of a tree.
pub(crate) type Number = u64;

/// One event of the stream.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Frame {
    /// In every frame.
    pub(crate) status: Status,
    /// If the tree, or which rows of it are shown, has changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tree: Option<Tree>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) graph: Option<Graph>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) process: Option<Detail>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) timeline: Option<Timeline>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) numbers: Option<Numbers>,
}
