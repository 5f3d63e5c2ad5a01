//! Which inbound connections there may be.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::{IpAddr, SocketAddr};

use crate::options::Options;

/// The inbound connections there are, each with a key by which the others know it.
pub(crate) struct Admission<K> {
    connections: HashMap<Conversation, K>,
    by_address: HashMap<IpAddr, usize>,
}

/// What tells connections apart for sessions: the listener's port and the peer.
pub(crate) type Conversation = (u16, SocketAddr);

/// Why there is no place for a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal<K> {
    TooMany,
    /// Sessions could not tell it from this one, which is there.
    Indistinct(K),
}

impl<K: Copy> Admission<K> {
    pub(crate) fn new() -> Self {
        Self { connections: HashMap::new(), by_address: HashMap::new() }
    }

    /// Admits a connection, if there is a place for it.
    pub(crate) fn admit(
        &mut self,
        conversation: Conversation,
        key: K,
        options: &Options,
    ) -> Result<(), Refusal<K>> {
        let is_full = self.connections.len() >= options.most_connections;
        let address = conversation.1.ip();
        let from_there = self.by_address.get(&address).copied().unwrap_or_default();
        match self.connections.entry(conversation) {
            Entry::Occupied(there) => return Err(Refusal::Indistinct(*there.get())),
            Entry::Vacant(_) if is_full || from_there >= options.most_connections_per_address => {
                return Err(Refusal::TooMany);
            }
            Entry::Vacant(place) => place.insert(key),
        };
        self.by_address.insert(address, from_there + 1);
        Ok(())
    }

    /// Gives up the place of a connection.
    pub(crate) fn leave(&mut self, conversation: &Conversation) {
        self.connections.remove(conversation);
        if let Entry::Occupied(mut from_there) = self.by_address.entry(conversation.1.ip()) {
            *from_there.get_mut() -= 1;
            if *from_there.get() == 0 {
                from_there.remove();
            }
        }
    }
}
