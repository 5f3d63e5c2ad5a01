//! The conversations in a VM, laid out.

use serde::Serialize;

use super::{Kind, Number, State};

/// The conversations in a VM, laid out. Lengths are in pixels of a page that is not zoomed.
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
    /// How many processes and conversations are beyond these limits.
    pub(crate) hidden_processes: usize,
    pub(crate) hidden_edges: usize,
    /// Equal topics always find each other. Others are compared; so many of each node, where there are too many for
    /// all, so there may be more conversations than are told. 0, if all are compared.
    pub(crate) sampled_members: usize,
}

/// A process, or a group of equal ones.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Node {
    /// Stays the same from one frame to the next.
    pub(crate) key: String,
    pub(crate) label: String,
    /// The process, if it is one.
    pub(crate) process: Option<Number>,
    /// How many it stands for.
    pub(crate) count: usize,
    pub(crate) kind: Kind,
    pub(crate) state: State,
    /// Why it is gone, if it is; such a node fades.
    pub(crate) reason: Option<String>,
    /// Whether its group can be opened, or, by any member of it, closed: the group's key.
    pub(crate) group: Option<String>,
    /// The middle.
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
    /// What the conversations are about, as it is written in code; of several, how many.
    pub(crate) topic: String,
    pub(crate) conversations: usize,
    /// Whether in each of them one of the two only observes.
    pub(crate) is_observer: bool,
    /// Messages from publisher to subscriber, and feedback, that were shown since the last frame.
    pub(crate) messages: u64,
    pub(crate) feedback: u64,
    /// Where it runs, from node to node.
    pub(crate) points: Vec<[f64; 2]>,
}
