//! Which inbound connections there may be.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::io::Controls;

/// The inbound connections there are, and the most there may be.
#[derive(Clone, Debug)]
pub(crate) struct Admission {
    most: usize,
    most_per_address: usize,
    present: Arc<Mutex<Present>>,
}

#[derive(Debug, Default)]
struct Present {
    connections: HashMap<Conversation, Local>,
    by_address: HashMap<IpAddr, usize>,
}

/// What tells connections apart for sessions: the listener's port and the peer.
type Conversation = (u16, SocketAddr);

/// The local end of a connection, by which the system tells connections of one conversation apart.
#[derive(Debug)]
struct Local {
    address: IpAddr,
    controls: Controls,
}

/// A place among the connections; given up when dropped.
#[derive(Debug)]
pub(crate) struct Admitted {
    admission: Admission,
    conversation: Conversation,
}

/// Why there is no place for a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    TooMany,
    /// Sessions could not tell it from one that is there.
    Indistinct,
}

impl Admission {
    pub(crate) fn new(most: usize, most_per_address: usize) -> Self {
        Self { most, most_per_address, present: Arc::default() }
    }

    /// A place for a connection, if there is one.
    pub(crate) fn admit(
        &self,
        local: SocketAddr,
        peer: SocketAddr,
        controls: &Controls,
    ) -> Result<Admitted, Refusal> {
        let mut present = self.lock();
        let Present { connections, by_address } = &mut *present;
        let is_full = connections.len() >= self.most;
        let from_there = by_address.get(&peer.ip()).copied().unwrap_or_default();
        let place = match connections.entry((local.port(), peer)) {
            Entry::Occupied(there) => {
                // The same two ends twice: the former connection has been lost unseen.
                if there.get().address == local.ip() {
                    there.get().controls.lose();
                }
                return Err(Refusal::Indistinct);
            }
            Entry::Vacant(_) if is_full || from_there >= self.most_per_address => {
                return Err(Refusal::TooMany);
            }
            Entry::Vacant(place) => place,
        };
        place.insert(Local { address: local.ip(), controls: controls.clone() });
        by_address.insert(peer.ip(), from_there + 1);
        Ok(Admitted { admission: self.clone(), conversation: (local.port(), peer) })
    }

    fn lock(&self) -> MutexGuard<'_, Present> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut present = self.admission.lock();
        present.connections.remove(&self.conversation);
        let address = self.conversation.1.ip();
        if let Entry::Occupied(mut from_there) = present.by_address.entry(address) {
            *from_there.get_mut() -= 1;
            if *from_there.get() == 0 {
                from_there.remove();
            }
        }
    }
}
