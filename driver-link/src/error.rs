//! The reason of a lost link.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::ground::GroundId;

/// The reason with which everything behind a lost link becomes absent.
///
/// Use `reason.downcast_ref::<LinkLost>()` to distinguish it from the failure of a process in the other ground.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkLost {
    /// The name of the other ground.
    pub peer: Arc<str>,
    /// The identity of the other ground.
    pub ground: GroundId,
    /// Why the link was lost.
    pub cause: Cause,
}

/// Why a link was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Frames were lost in transport. Both sides begin a new session.
    Missing {
        /// The number of the next frame that was expected.
        expected: u64,
        /// The number of the frame that arrived.
        received: u64,
    },
    /// The other side began a new session, because it has missed something.
    NewSession,
    /// More frames would wait to be sent than the limit allows. Both sides begin a new session.
    Overrun {
        /// The limit: [`Link::limit`](crate::Link::limit).
        limit: usize,
    },
    /// The transport has lost the ground, with this explanation.
    Unreachable(Arc<str>),
    /// The ground has broken the protocol, and is ignored from now on.
    Refused(Arc<str>),
    /// The ground has left because of this error.
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
            Self::Missing { expected, received } => {
                write!(f, "frame {expected} is missing: the next one received was {received}")
            }
            Self::NewSession => f.write_str("the other side has begun a new session"),
            Self::Overrun { limit } => write!(f, "more than {limit} frames would wait to be sent"),
            Self::Unreachable(how) => f.write_str(how),
            Self::Refused(why) => write!(f, "the peer is refused: {why}"),
            Self::Left(why) => write!(f, "the peer has left: {why}"),
        }
    }
}

impl Error for LinkLost {}
