//! What the nested machine's network speaks of: questions, and what comes of them.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use hickory_proto::op::{Query, ResponseCode};
use hickory_proto::rr::{Name, Record, RecordType};
use marketplace_core::Message;

/// A question of the class of the Internet.
#[derive(Clone, Debug, Eq, Message)]
#[message(leaf)]
pub(crate) struct Question {
    /// In lower case.
    pub(crate) name: Name,
    pub(crate) record_type: RecordType,
}

/// What was found out from other servers, for the cache. What it subscribes to is being looked for.
#[derive(Debug, Message)]
pub(crate) struct Finding {
    pub(crate) question: Question,
    #[message(skip)]
    pub(crate) outcome: Arc<Outcome>,
}

/// Published while so many wait for answers that nobody else should begin to.
#[derive(Debug, Message)]
pub(crate) struct Overload {}

/// What came of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) response_code: ResponseCode,
    /// The records asked for, after the aliases that lead to them.
    pub(crate) answers: Vec<Record>,
    /// Of an answer that there is nothing: the start of the zone that says so, and for how long.
    pub(crate) authority: Option<Record>,
}

/// The longest time to remember something, in seconds, whatever its owner says.
const LONGEST: u32 = 24 * 60 * 60;

/// The same of what there is not.
pub(crate) const LONGEST_NEGATIVE: u32 = 3 * 60 * 60;

/// For how many seconds a failure is remembered, so that a broken zone is not asked for again and again.
const FAILURE: u32 = 1;

impl Question {
    pub(crate) fn new(name: &Name, record_type: RecordType) -> Self {
        Self { name: name.to_lowercase(), record_type }
    }

    /// The same in a packet.
    pub(crate) fn to_query(&self) -> Query {
        Query::query(self.name.clone(), self.record_type)
    }
}

/// Label by label: a name's own equality and hash go byte by byte, since case does not count there.
impl PartialEq for Question {
    fn eq(&self, other: &Self) -> bool {
        self.record_type == other.record_type && self.name.iter().eq(other.name.iter())
    }
}

impl Hash for Question {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.iter().for_each(|label| label.hash(state));
        self.record_type.hash(state);
    }
}

impl From<&Query> for Question {
    fn from(query: &Query) -> Self {
        Self::new(query.name(), query.query_type())
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.record_type)
    }
}

impl Outcome {
    /// No server could be made to answer.
    pub(crate) const fn failure() -> Self {
        Self { response_code: ResponseCode::ServFail, answers: Vec::new(), authority: None }
    }

    /// Whether there is what was asked for, and not only aliases on the way to it.
    fn is_positive(&self, record_type: RecordType) -> bool {
        self.response_code == ResponseCode::NoError
            && self.answers.iter().any(|record| record.record_type() == record_type)
    }

    /// How long it may be remembered, as the outcome of a question for records of a type.
    pub(crate) fn lifetime(&self, record_type: RecordType) -> Duration {
        let records = self.answers.iter().map(|record| record.ttl).min().unwrap_or(u32::MAX);
        let seconds = match &self.authority {
            _ if self.response_code == ResponseCode::ServFail => FAILURE,
            _ if self.is_positive(record_type) => records,
            Some(start) => records.min(start.ttl),
            // Without the start of the zone nobody has said for how long there is nothing.
            None => 0,
        };
        Duration::from_secs(seconds.into())
    }
}

/// For how many seconds something holds of which its owner says that it does for `ttl`. What cannot be such a
/// number, since its first bit is set, says nothing (RFC 2181).
pub(crate) fn bounded(ttl: u32) -> u32 {
    i32::try_from(ttl).map_or(0, |_| ttl.min(LONGEST))
}
