//! The graph of a VM, with its layout.

use serde::Serialize;

use super::{Kind, Number, State};

/// The graph of a VM, with its layout. Lengths are in pixels, without zoom.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Graph {
    /// The VM.
    pub(crate) vm: Number,
    pub(crate) name: String,
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// At most 200.
    pub(crate) nodes: Vec<Node>,
    /// At most 500.
    pub(crate) edges: Vec<Edge>,
    /// How many processes and edges are left out because of these limits.
    pub(crate) hidden_processes: usize,
    pub(crate) hidden_edges: usize,
    /// Conversations of equal topics are always found. Other topics are compared, but if there are too many, only this
    /// many of each node, so some conversations may be missing. 0 if all were compared.
    pub(crate) sampled_members: usize,
}

/// A process, or a group of similar ones.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Node {
    /// Stays the same from one frame to the next.
    pub(crate) key: String,
    pub(crate) label: String,
    /// The process, if the node is a single one.
    pub(crate) process: Option<Number>,
    /// How many processes the node stands for.
    pub(crate) count: usize,
    pub(crate) kind: Kind,
    pub(crate) state: State,
    /// The reason, if the process has left. Such a node fades.
    pub(crate) reason: Option<String>,
    /// The key of its group. The node is the group, which can be opened, or a member of it, which can close it.
    pub(crate) group: Option<String>,
    /// The coordinates of the middle.
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// The conversations of one type between two nodes, from publisher to subscriber.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Edge {
    pub(crate) key: String,
    pub(crate) from: String,
    pub(crate) to: String,
    /// The type's name without its path.
    #[serde(rename = "type")]
    pub(crate) message_type: String,
    /// The topic as it is written in code. Of several topics, their number.
    pub(crate) topic: String,
    pub(crate) conversations: usize,
    /// Whether in each conversation one of the two sides only observes.
    pub(crate) is_observer: bool,
    /// How many messages from publisher to subscriber, and how much feedback, were recorded since the last frame.
    pub(crate) messages: u64,
    pub(crate) feedback: u64,
    /// The line from node to node.
    pub(crate) points: Vec<[f64; 2]>,
}
