//! The time line: the records.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Number;

/// The records since the last frame that pass the page's filter: at most 500, or 3,000 if the page has none yet.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Timeline {
    /// Whether these replace the records that the page has, because its filter has changed.
    pub(crate) is_reset: bool,
    pub(crate) records: Vec<Arc<Record>>,
    /// How many more records there were.
    pub(crate) hidden: u64,
}

/// An event that was recorded.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Record {
    /// Later records have greater numbers.
    pub(crate) number: u64,
    /// Seconds since the inspector was made.
    pub(crate) time: f64,
    pub(crate) what: What,
    /// The VM in which it happened.
    pub(crate) vm: Number,
    pub(crate) process: Number,
    pub(crate) process_name: Arc<str>,
    /// If `process` is a nested VM that acts for a process inside: that process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) inner: Option<Inner>,
    /// For a presence or an absence the peer, for a delivery the sender, for a start the parent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) peer: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) peer_name: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) peer_inner: Option<Inner>,
    /// The endpoint of the process, and for a presence or an absence that of the peer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) endpoint: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) peer_endpoint: Option<u64>,
    /// Whether the endpoint handles this presence or absence.
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) is_handled: bool,
    /// The number of the message. All records about one message have the same one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<u64>,
    /// Whether the message is feedback.
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) is_feedback: bool,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(crate) message_type: Option<Arc<str>>,
    /// The value of the message, if values are shown; or the topic of the endpoint or conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<Arc<str>>,
    /// Why a process left, an endpoint was deleted, or a message was dropped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<Arc<str>>,
}

/// A process of a nested VM that takes part in the network of the containing VM.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Inner {
    pub(crate) process: Number,
    pub(crate) name: Arc<str>,
}

/// A process that a record is about, and the VM that contains it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Party<'a> {
    pub(crate) process: Number,
    pub(crate) name: &'a str,
    pub(crate) vm: Number,
}

impl Record {
    /// The process that acts, or is told. At the meta level this is the process inside, not its VM.
    pub(crate) fn party(&self) -> Party<'_> {
        self.party_of(self.process, &self.process_name, self.inner.as_ref())
    }

    /// The process on the other side.
    pub(crate) fn peer_party(&self) -> Option<Party<'_>> {
        let name = self.peer_name.as_deref().unwrap_or_default();
        Some(self.party_of(self.peer?, name, self.peer_inner.as_ref()))
    }

    fn party_of<'a>(&self, process: Number, name: &'a str, inner: Option<&'a Inner>) -> Party<'a> {
        match inner {
            Some(inner) => Party { process: inner.process, name: &inner.name, vm: process },
            None => Party { process, name, vm: self.vm },
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum What {
    #[default]
    Started,
    Leaving,
    Left,
    Failed,
    Restarted,
    Added,
    Deleted,
    Presence,
    Absence,
    Sent,
    Delivered,
    Dropped,
}

fn is_false(value: &bool) -> bool {
    !value
}
