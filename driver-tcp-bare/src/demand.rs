//! What sessions demand of the driver: ports to listen on, and connections to be made.

use std::collections::HashMap;
use std::hash::Hash;

use futures::future::AbortHandle;

use crate::io::Key;
use crate::message::TcpAddress;
use crate::outgoing::Outgoing;

/// The local and the remote end of a connection.
pub(crate) type Ends = (TcpAddress, TcpAddress);

/// How many endpoints demand each of some things.
pub(crate) struct Demands<K>(HashMap<K, usize>);

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

impl<K: Eq + Hash> Demands<K> {
    pub(crate) fn new() -> Self {
        Self(HashMap::new())
    }

    /// Counts one more; whether it is the first.
    pub(crate) fn arrive(&mut self, key: K) -> bool {
        let count = self.0.entry(key).or_default();
        *count += 1;
        *count == 1
    }

    /// Counts one less; whether it was the last.
    pub(crate) fn depart(&mut self, key: &K) -> bool {
        let Some(count) = self.0.get_mut(key) else { return false };
        *count -= 1;
        let is_last = *count == 0;
        if is_last {
            self.0.remove(key);
        }
        is_last
    }
}
