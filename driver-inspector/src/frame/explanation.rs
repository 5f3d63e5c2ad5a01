//! The answer to a question about a topic.

use serde::Serialize;

use super::Number;

/// Which endpoints receive messages of a topic, which send them, and why the others do not match.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Explanation {
    pub(crate) topic: String,
    #[serde(rename = "type")]
    pub(crate) message_type: String,
    /// The name of the VM that is asked about.
    pub(crate) vm: String,
    /// If only the other side of an endpoint is asked about: the orientation of that endpoint.
    pub(crate) asker: Option<Side>,
    /// Whether a participant on the other side matches: a subscriber that would receive such a message or, for a
    /// subscriber, a publisher.
    pub(crate) is_matched: bool,
    /// Whether the topic was typed, and compared with the others as text.
    pub(crate) is_typed: bool,
    /// The receivers, then the senders, then those that do not match. At most 200.
    pub(crate) endpoints: Vec<Explained>,
    pub(crate) hidden_endpoints: usize,
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct Explained {
    pub(crate) process: Option<Number>,
    pub(crate) process_name: String,
    pub(crate) endpoint: String,
    pub(crate) role: String,
    pub(crate) relation: Relation,
    /// The relation in words.
    pub(crate) says: String,
    /// The first field that differs, such as `destination.port`, with the two values.
    pub(crate) difference: Option<Difference>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Side {
    Publisher,
    Subscriber,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Relation {
    Receives,
    Sends,
    #[default]
    Unmatched,
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct Difference {
    pub(crate) field: String,
    pub(crate) asked: String,
    pub(crate) theirs: String,
}
