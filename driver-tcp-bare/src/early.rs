//! A connection that is demanded and not there yet.

use futures::future::AbortHandle;

use crate::io::Key;
use crate::outgoing::Outgoing;

/// A connection that is demanded and not there yet: what is sent on it is queued.
pub(crate) struct Early {
    /// Aborted when the demand goes.
    pub(crate) attempt: AbortHandle,
    /// Whether a session has ever been there to send.
    pub(crate) had_sender: bool,
    pub(crate) stage: Stage,
}

/// How far a connection is that is not there yet.
pub(crate) enum Stage {
    Connecting(Outgoing),
    /// The socket is there, but not what sessions see of it.
    Rising(Key),
}
