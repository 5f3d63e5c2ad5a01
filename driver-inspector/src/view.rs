//! What the page asks for: what it has in sight, and questions.
//!
//! All of it comes from outside: whatever it says, the answer is bounded.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::frame::{Number, What};

/// What a page has in sight. It is sent whole whenever it changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct View {
    pub(crate) tree: TreeView,
    /// The VM whose graph is in sight.
    pub(crate) graph: Option<GraphView>,
    /// The process that is looked at.
    pub(crate) process: Option<Number>,
    pub(crate) timeline: Option<Filter>,
    /// Whether the numbers are in sight.
    pub(crate) numbers: bool,
    /// Whether values of messages are to be shown.
    pub(crate) values: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TreeView {
    /// The VMs and grounds that are folded; all others are open.
    pub(crate) folded: BTreeSet<Number>,
    /// Only those with this in their name, and what they are in.
    pub(crate) search: String,
    /// The first row in sight, and how many are: 500 at most.
    pub(crate) from: usize,
    pub(crate) rows: usize,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct GraphView {
    pub(crate) vm: Number,
    /// The keys of the groups that are open.
    pub(crate) open: BTreeSet<String>,
}

/// Which records are in sight.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Filter {
    /// Only what this process does or is told.
    pub(crate) process: Option<Number>,
    /// Only messages, presences and endpoints of the types with this in their name.
    #[serde(rename = "type")]
    pub(crate) message_type: String,
    /// Only what has this in its text, its reason or its names.
    pub(crate) text: String,
    /// Only what is of these kinds; if there are none, of any kind.
    pub(crate) what: BTreeSet<What>,
    /// Of messages, only those of these types; if there are none, of any type.
    pub(crate) messages: BTreeSet<String>,
}

/// A question about a topic: that of an endpoint, or one that was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Question {
    /// In the network of this VM.
    pub(crate) vm: Number,
    /// The number of the endpoint.
    pub(crate) endpoint: Option<u64>,
    /// Whether it is the endpoint that asks, for who is on its other side; else it is asked about its topic.
    pub(crate) is_asker: bool,
    /// As it is written in code, such as `Said { room: "lobby", .. }`.
    pub(crate) topic: Option<String>,
}
