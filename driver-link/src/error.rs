//! Why a link was lost.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::ground::GroundId;

/// A link was lost: the reason with which all that was behind it is absent.
///
/// `reason.downcast_ref::<LinkLost>()` tells it from the failure of a process over there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkLost {
    /// The name of the ground over there.
    pub peer: Arc<str>,
    /// Which ground it was.
    pub ground: GroundId,
    /// How it was lost.
    pub cause: Cause,
}

/// How a link was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Frames were lost on the way. Both sides begin anew.
    Missing {
        /// The number of the frame that should have come.
        expected: u64,
        /// The number of the one that came.
        came: u64,
    },
    /// The other side began anew, since it has missed something.
    BegunAnew,
    /// More frames would wait to be sent than the limit. Both sides begin anew.
    Overrun {
        /// How many may wait: [`Link::limit`](crate::Link::limit).
        limit: usize,
    },
    /// The carrier has lost the ground: how, in its words.
    Unreachable(Arc<str>),
    /// What came from the ground was against the protocol; it is not listened to any more.
    Refused(Arc<str>),
    /// The ground has taken leave because of an error, in its words.
    Left(Arc<str>),
}

impl fmt::Display for LinkLost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the link to {:?} is lost: {}", self.peer, self.cause)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { expected, came } => {
                write!(f, "frame {expected} is missing: the next that came is {came}")
            }
            Self::BegunAnew => f.write_str("the other side has begun anew"),
            Self::Overrun { limit } => write!(f, "more than {limit} frames would wait to be sent"),
            Self::Unreachable(how) => f.write_str(how),
            Self::Refused(why) => write!(f, "what came is refused: {why}"),
            Self::Left(why) => write!(f, "it has left: {why}"),
        }
    }
}

impl Error for LinkLost {}
