//! The words of supervision: whom a failure concerns, and whether a child is made again.

use crate::Reason;

/// Which children are made again when one of them fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Strategy {
    /// That one.
    OneForOne,
    /// All: the others are ended, the last one first, then all are started, the first one first. OTP calls it
    /// `one_for_all`.
    #[doc(alias = "one_for_all")]
    AllForOne,
    /// That one and those after it: those after it are ended, the last one first, then it and they are started in order.
    RestForOne,
}

/// Whether a child that has ended by itself is made again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Restart {
    /// Always.
    #[default]
    Permanent,
    /// If it ended with an error.
    Transient,
    /// Never. It is forgotten once it has ended, also where it was ended because of another child.
    Temporary,
}

impl Restart {
    /// Whether a child is made again that has ended by itself for this reason.
    pub(super) fn follows(self, reason: &Reason) -> bool {
        match self {
            Self::Permanent => true,
            Self::Transient => reason.as_error().is_some(),
            Self::Temporary => false,
        }
    }
}
