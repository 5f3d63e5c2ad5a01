//! The messages of the nested machine: questions and their outcomes.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use hickory_proto::op::{Query, ResponseCode};
use hickory_proto::rr::{Name, Record, RecordType};
use marketplace_core::Message;

/// A question, of the Internet class.
#[derive(Clone, Debug, Eq, Message)]
#[message(leaf)]
pub(crate) struct Question {
    /// The name in lower case.
    pub(crate) name: Name,
    pub(crate) record_type: RecordType,
}

/// What a query has found out from other servers, for the cache. A query runs while the cache subscribes to its finding.
#[derive(Debug, Message)]
pub(crate) struct Finding {
    pub(crate) question: Question,
    #[message(skip)]
    pub(crate) outcome: Arc<Outcome>,
}

/// Published while so many clients wait that no further one should start to.
#[derive(Debug, Message)]
pub(crate) struct Overload {}

/// The outcome of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) response_code: ResponseCode,
    /// The requested records, after the aliases that lead to them.
    pub(crate) answers: Vec<Record>,
    /// For a negative answer: the SOA record of the zone, which says how long the answer is valid.
    pub(crate) authority: Option<Record>,
}

/// The longest time to remember a record, in seconds, whatever its time to live.
const LONGEST: u32 = 24 * 60 * 60;

/// The longest time to remember a negative answer, in seconds.
pub(crate) const LONGEST_NEGATIVE: u32 = 3 * 60 * 60;

/// How many seconds a failure is remembered, so that a broken zone is not asked again and again.
const FAILURE: u32 = 1;

impl Question {
    pub(crate) fn new(name: &Name, record_type: RecordType) -> Self {
        Self { name: name.to_lowercase(), record_type }
    }

    /// The question in a packet.
    pub(crate) fn to_query(&self) -> Query {
        Query::query(self.name.clone(), self.record_type)
    }
}

/// By labels: the name's own equality and hash are slower, since they ignore case byte by byte.
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
    /// The outcome if no server has answered.
    pub(crate) const fn failure() -> Self {
        Self { response_code: ResponseCode::ServFail, answers: Vec::new(), authority: None }
    }

    /// Whether it has the requested records, and not only aliases that lead to them.
    fn is_positive(&self, record_type: RecordType) -> bool {
        self.response_code == ResponseCode::NoError
            && self.answers.iter().any(|record| record.record_type() == record_type)
    }

    /// How long to remember it, as the outcome of a question for records of this type.
    pub(crate) fn lifetime(&self, record_type: RecordType) -> Duration {
        let records = self.answers.iter().map(|record| record.ttl).min().unwrap_or(u32::MAX);
        let seconds = match &self.authority {
            _ if self.response_code == ResponseCode::ServFail => FAILURE,
            _ if self.is_positive(record_type) => records,
            Some(start) => records.min(start.ttl),
            // Without the SOA record it is not known how long the negative answer is valid.
            None => 0,
        };
        Duration::from_secs(seconds.into())
    }
}

/// The valid part of a time to live, in seconds. A value whose first bit is set counts as zero (RFC 2181).
pub(crate) fn bounded(ttl: u32) -> u32 {
    i32::try_from(ttl).map_or(0, |_| ttl.min(LONGEST))
}
