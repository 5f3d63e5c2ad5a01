//! What has been recorded.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Number;

/// What has been recorded since the last frame and passes the page's filter; at most 500, and 3,000
/// where the page has none yet.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Timeline {
    /// Whether these replace what the page has, because its filter is another one.
    pub(crate) anew: bool,
    pub(crate) records: Vec<Arc<Record>>,
    /// How many more there were.
    pub(crate) hidden: u64,
}

/// Something that happened.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Record {
    /// Grows by the order in which things happened.
    pub(crate) number: u64,
    /// Seconds since the inspector was made.
    pub(crate) time: f64,
    pub(crate) what: What,
    /// In which VM.
    pub(crate) vm: Number,
    pub(crate) process: Number,
    pub(crate) process_name: Arc<str>,
    /// The process inside, if `process` is a nested VM that does it for that one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) inner: Option<Inner>,
    /// For a presence and an absence, whose; for a delivery, from whom the message came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) peer: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) peer_name: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) peer_inner: Option<Inner>,
    /// The endpoint of the process that it is about, and for presence and absence the peer's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) endpoint: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) peer_endpoint: Option<u64>,
    /// Whether the endpoint has a handler for this presence or absence.
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) is_handled: bool,
    /// The same for all that happens to one message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<u64>,
    /// Whether the message is feedback.
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) is_feedback: bool,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(crate) message_type: Option<Arc<str>>,
    /// The message's value, if values are shown; the topic of an endpoint or a conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<Arc<str>>,
    /// Why a process or an endpoint went; why nobody took a message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<Arc<str>>,
}

/// A process of a nested VM that takes part in the network around that VM.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Inner {
    pub(crate) process: Number,
    pub(crate) name: Arc<str>,
}

/// Who does something, or is told of it: a process, and the VM that it is in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Party<'a> {
    pub(crate) process: Number,
    pub(crate) name: &'a str,
    pub(crate) vm: Number,
}

impl Record {
    /// Who does it, or is told of it. At the meta level that is the process inside, and not its VM.
    pub(crate) fn party(&self) -> Party<'_> {
        self.party_of(self.process, &self.process_name, self.inner.as_ref())
    }

    /// The same on the other side.
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
