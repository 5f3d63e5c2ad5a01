//! An outbound connection that is being opened.

use futures::future::AbortHandle;

use crate::io::Key;
use crate::outgoing::Outgoing;

/// An outbound connection that is being opened. Data that sessions send meanwhile is queued.
pub(crate) struct Pending {
    /// Aborts the attempt when the demand ends.
    pub(crate) attempt: AbortHandle,
    /// Whether a session has been a publisher at some time.
    pub(crate) had_sender: bool,
    pub(crate) stage: Stage,
}

/// The stages of opening a connection.
pub(crate) enum Stage {
    /// The name is looked up, or the socket is being connected.
    Connecting(Outgoing),
    /// The socket is connected, and the driver is adding its endpoints for it.
    Announcing(Key),
}
