//! The servers of a zone: where to ask.

use std::collections::VecDeque;
use std::net::SocketAddr;

use hickory_proto::rr::Name;
use marketplace_core::Message;

use crate::question::Question;

/// The kind of servers to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Servers {
    /// Recursive servers, which find out themselves what they do not know.
    Resolvers,
    /// Authoritative servers, which know their own zones and the servers of others; all on one port.
    Authorities {
        /// The port.
        port: u16,
    },
}

/// The servers of a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Delegation {
    pub(crate) zone: Name,
    pub(crate) addresses: Vec<SocketAddr>,
    /// The names of servers whose addresses are not known.
    pub(crate) unknown: VecDeque<Question>,
    /// How many seconds this is valid.
    pub(crate) ttl: u32,
}

/// Asks the cache where to begin to look for a name: for the servers of the nearest known zone that contains it.
#[derive(Debug, Message)]
pub(crate) struct Locate {
    #[message(skip)]
    pub(crate) name: Name,
}

impl marketplace_core::Question for Locate {
    type Answer = Delegation;
}

/// Tells the cache the servers of a zone.
#[derive(Debug, Message)]
pub(crate) struct Learned {
    #[message(skip)]
    pub(crate) delegation: Delegation,
}

/// Tells the cache that a server of a zone does not answer.
#[derive(Debug, Message)]
pub(crate) struct Silent {
    #[message(skip)]
    pub(crate) zone: Name,
    #[message(skip)]
    pub(crate) server: SocketAddr,
}

impl Delegation {
    /// Servers that are asked for every name.
    pub(crate) fn of_all(addresses: Vec<SocketAddr>) -> Self {
        Self { zone: Name::root(), addresses, unknown: VecDeque::new(), ttl: u32::MAX }
    }

    /// The approximate memory for it, in bytes.
    pub(crate) fn size(&self) -> usize {
        let unknown = self.unknown.iter().map(|question| size_of::<Question>() + question.name.len());
        // The zone's name is also a key, twice.
        size_of::<Self>()
            + 3 * (size_of::<Name>() + self.zone.len())
            + size_of_val(&self.addresses[..])
            + unknown.sum::<usize>()
    }
}
