//! What the page is sent: one frame after another, each with what has changed of all that is in sight.
//!
//! Numbers of processes are the page's own: unlike a `Pid`, one means the same in all VMs and grounds. What is bounded
//! says so beside it.

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

/// The number of a process; of a ground, which is the root of a tree.
pub(crate) type Number = u64;

/// One event of the stream.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Frame {
    /// Always there.
    pub(crate) status: Status,
    /// Where the tree or its window has changed.
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
