//! What a page sends: what it shows, and its questions.
//!
//! It comes from outside the program, so the answers are bounded whatever it contains.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::frame::{Number, What};

/// What a page shows. The page sends all of it with each change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct View {
    pub(crate) tree: TreeView,
    /// The VM whose graph is shown.
    pub(crate) graph: Option<GraphView>,
    /// The process in the detail view.
    pub(crate) process: Option<Number>,
    pub(crate) timeline: Option<Filter>,
    /// Whether the numbers are shown.
    pub(crate) numbers: bool,
    /// Whether the values of messages are shown.
    pub(crate) values: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TreeView {
    /// The VMs and grounds that are folded. All others are open.
    pub(crate) folded: BTreeSet<Number>,
    /// Only processes whose names contain this text, and the VMs that contain these processes.
    pub(crate) search: String,
    /// The first row that is shown, and how many rows are: at most 500.
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

/// Which records are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Filter {
    /// Only records about this process, on either side.
    pub(crate) process: Option<Number>,
    /// Only records about messages, presences and endpoints whose type's name contains this text.
    #[serde(rename = "type")]
    pub(crate) message_type: String,
    /// Only records with this text in their topic, value, reason or names.
    pub(crate) text: String,
    /// Only records of these kinds. Empty: of any kind.
    pub(crate) what: BTreeSet<What>,
    /// Of the records about messages, only those of these types. Empty: of any type.
    pub(crate) messages: BTreeSet<String>,
}

/// A question about a topic: an endpoint's topic, or one that was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Question {
    /// The VM in whose network it is asked.
    pub(crate) vm: Number,
    /// The number of the endpoint.
    pub(crate) endpoint: Option<u64>,
    /// Whether the answer has only the endpoints of the other orientation than this endpoint. Otherwise it is about the
    /// endpoint's topic, and has the endpoints of both.
    pub(crate) is_asker: bool,
    /// A topic as it is written in code, such as `Said { room: "lobby", .. }`.
    pub(crate) topic: Option<String>,
}
