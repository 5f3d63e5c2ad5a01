//! The results of a question that are not answers.

use std::any::type_name;
use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::Reason;

/// Why a question got no answer.
///
/// If there are several answerers and none of them answers, this is the error of the one whose result came last.
/// `question` is the name of the question's type.
///
/// # Examples
///
/// ```
/// use marketplace_core::AskError;
///
/// fn show(error: &AskError) -> String {
///     match error {
///         AskError::NoAnswerer { question } => format!("no process answers {question}"),
///         AskError::TimedOut { within, .. } => format!("no answer within {within:?}"),
///         // `Display` has a sentence for each.
///         error => error.to_string(),
///     }
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum AskError {
    /// No process that answers such questions existed when it was asked.
    NoAnswerer {
        /// The type of the question.
        question: &'static str,
    },
    /// The answerer left or failed before it answered.
    Left {
        /// The type of the question.
        question: &'static str,
        /// Why it left.
        reason: Reason,
    },
    /// The answerer dropped the [`Reply`](crate::Reply) without an answer.
    Declined {
        /// The type of the question.
        question: &'static str,
    },
    /// No answer came within the time that was given.
    TimedOut {
        /// The type of the question.
        question: &'static str,
        /// The time that was given.
        within: Duration,
    },
    /// The process that asks on behalf of code outside the ground has failed.
    Failed {
        /// The type of the question.
        question: &'static str,
        /// The error with which it failed.
        reason: Reason,
    },
    /// The ground ended before the answer came, or before the question could be asked.
    GroundEnded {
        /// The type of the question.
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
