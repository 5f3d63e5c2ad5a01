//! The options of supervision: which children a failure concerns, and whether a child is restarted.

use crate::Reason;

/// Which children of a [`Supervisor`](crate::Supervisor) are restarted when one of them fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Strategy {
    /// Only the child that failed.
    OneForOne,
    /// All children. The others are ended, the last one first. Then all are started, the first one first. OTP calls
    /// it `one_for_all`.
    #[doc(alias = "one_for_all")]
    AllForOne,
    /// The child that failed and all children after it. Those after it are ended, the last one first. Then all of
    /// these are started in order.
    RestForOne,
}

/// Whether a [`Child`](crate::Child) that has ended by itself is restarted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Restart {
    /// Always.
    #[default]
    Permanent,
    /// Only if it ended with an error.
    Transient,
    /// Never. It is forgotten when it has ended, even if it was ended because of another child.
    Temporary,
}

impl Restart {
    /// Whether a child is restarted that has ended by itself with this reason.
    pub(super) fn follows(self, reason: &Reason) -> bool {
        match self {
            Self::Permanent => true,
            Self::Transient => reason.as_error().is_some(),
            Self::Temporary => false,
        }
    }
}
