//! Admission control: which inbound connections are accepted.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::{IpAddr, SocketAddr};

use crate::multiset::Multiset;
use crate::options::Options;

/// The open inbound connections, each with the key `K` of its socket.
pub(crate) struct Admission<K> {
    connections: HashMap<Conversation, K>,
    by_address: Multiset<IpAddr>,
}

/// What identifies a connection for sessions: the listener's port and the peer's address.
pub(crate) type Conversation = (u16, SocketAddr);

/// Why a connection is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal<K> {
    /// One of the two limits has been reached.
    TooMany,
    /// The connection has the same conversation as this open one.
    Duplicate(K),
}

impl<K: Copy> Admission<K> {
    pub(crate) fn new() -> Self {
        Self { connections: HashMap::new(), by_address: Multiset::new() }
    }

    /// Admits a connection, unless there are too many or one with the same conversation is open.
    pub(crate) fn admit(
        &mut self,
        conversation: Conversation,
        key: K,
        options: &Options,
    ) -> Result<(), Refusal<K>> {
        let address = conversation.1.ip();
        let is_full = self.connections.len() >= options.max_connections
            || self.by_address.count(&address) >= options.max_connections_per_address;
        match self.connections.entry(conversation) {
            Entry::Occupied(open) => return Err(Refusal::Duplicate(*open.get())),
            Entry::Vacant(_) if is_full => return Err(Refusal::TooMany),
            Entry::Vacant(vacant) => vacant.insert(key),
        };
        self.by_address.insert(address);
        Ok(())
    }

    /// Removes a connection that has been closed.
    pub(crate) fn leave(&mut self, conversation: &Conversation) {
        self.connections.remove(conversation);
        self.by_address.remove(&conversation.1.ip());
    }
}
