//! The answer to a question about a topic.

use serde::Serialize;

use super::Number;

/// Why somebody hears a topic, and others do not: the answer to a question.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Explanation {
    pub(crate) topic: String,
    #[serde(rename = "type")]
    pub(crate) message_type: String,
    /// The name of the VM for which it is asked.
    pub(crate) vm: String,
    /// The side of the endpoint that asks, for those on the other side alone; none if it is asked about a topic.
    pub(crate) asker: Option<Side>,
    /// Whether a participant is on the other side: one who would take such a message or, if a subscriber asks, one who
    /// speaks.
    pub(crate) is_met: bool,
    /// Whether the topic was typed, and so was compared with the others as text.
    pub(crate) is_typed: bool,
    /// Hearers, speakers, and last those who are apart; at most 200.
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
    /// In words.
    pub(crate) says: String,
    /// The first position that differs, such as `destination.port`, and what stands there, here and over there.
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
    Hears,
    Speaks,
    #[default]
    Apart,
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct Difference {
    pub(crate) field: String,
    pub(crate) asked: String,
    pub(crate) theirs: String,
}
