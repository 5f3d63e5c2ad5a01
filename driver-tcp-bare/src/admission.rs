//! Which inbound connections there may be.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::{IpAddr, SocketAddr};

use crate::options::Options;
use crate::tally::Tally;

/// The inbound connections there are, each with a key by which the others know it.
pub(crate) struct Admission<K> {
    connections: HashMap<Conversation, K>,
    by_address: Tally<IpAddr>,
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
        Self { connections: HashMap::new(), by_address: Tally::new() }
    }

    /// Admits a connection, if there is a place for it.
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
            Entry::Occupied(there) => return Err(Refusal::Indistinct(*there.get())),
            Entry::Vacant(_) if is_full => return Err(Refusal::TooMany),
            Entry::Vacant(place) => place.insert(key),
        };
        self.by_address.arrive(address);
        Ok(())
    }

    /// Gives up the place of a connection.
    pub(crate) fn leave(&mut self, conversation: &Conversation) {
        self.connections.remove(conversation);
        self.by_address.depart(&conversation.1.ip());
    }
}
