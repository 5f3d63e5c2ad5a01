//! The ends of an ask that are no answer.

use std::any::type_name;
use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::Reason;

/// Why a question got no answer.
///
/// Of several answerers the last to go without an answer says why. `question` is the name of the question's type.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum AskError {
    /// Nobody was there to answer.
    NoAnswerer {
        /// What was asked.
        question: &'static str,
    },
    /// The answerer left, or failed, before it had answered.
    Left {
        /// What was asked.
        question: &'static str,
        /// Why it left.
        reason: Reason,
    },
    /// The answerer dropped the [`Reply`](crate::Reply) without an answer.
    Declined {
        /// What was asked.
        question: &'static str,
    },
    /// The time given for the answer is over.
    TimedOut {
        /// What was asked.
        question: &'static str,
        /// The time that was given.
        within: Duration,
    },
    /// The process that asks on behalf of code outside the ground has failed.
    Failed {
        /// What was asked.
        question: &'static str,
        /// The error with which it failed.
        reason: Reason,
    },
    /// The ground has ended, before the answer came or before it could be asked.
    GroundEnded {
        /// What was asked.
        question: &'static str,
    },
}

impl AskError {
    pub(super) fn no_answerer<Q>() -> Self {
        Self::NoAnswerer { question: type_name::<Q>() }
    }

    pub(super) fn left<Q>(reason: &Reason) -> Self {
        Self::Left { question: type_name::<Q>(), reason: reason.clone() }
    }

    pub(super) fn declined<Q>() -> Self {
        Self::Declined { question: type_name::<Q>() }
    }

    pub(super) fn failed<Q>(reason: Reason) -> Self {
        Self::Failed { question: type_name::<Q>(), reason }
    }

    pub(super) fn ground_ended<Q>() -> Self {
        Self::GroundEnded { question: type_name::<Q>() }
    }

    pub(super) fn timed_out<Q>(within: Duration) -> Self {
        Self::TimedOut { question: type_name::<Q>(), within }
    }
}

impl fmt::Display for AskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAnswerer { question } => write!(f, "no process answers `{question}`"),
            Self::Left { question, .. } => {
                write!(f, "the answerer of `{question}` left before it answered")
            }
            Self::Declined { question } => write!(f, "the answerer of `{question}` declined to answer"),
            Self::TimedOut { question, within } => write!(f, "no answer to `{question}` within {within:?}"),
            Self::Failed { question, .. } => write!(f, "the process that asked `{question}` has failed"),
            Self::GroundEnded { question } => {
                write!(f, "the ground ended before `{question}` was answered")
            }
        }
    }
}

impl Error for AskError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Left { reason, .. } | Self::Failed { reason, .. } if reason.as_error().is_some() => {
                Some(reason)
            }
            _ => None,
        }
    }
}
