//! Where to ask: the servers of a zone.

use std::collections::VecDeque;
use std::net::SocketAddr;

use hickory_proto::rr::Name;
use marketplace_core::Message;

use crate::question::Question;

/// What kind of servers are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Servers {
    /// Such as find out by themselves what they do not know.
    Resolvers,
    /// Such as know their own zones, and who else to ask; all on one port.
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
    /// What to ask for more of their addresses.
    pub(crate) unknown: VecDeque<Question>,
    /// For how many seconds that holds.
    pub(crate) ttl: u32,
}

/// Asks the cache where to begin to look for a name: the nearest zone around it of which the servers are known.
#[derive(Debug, Message)]
pub(crate) struct Locate {
    #[message(skip)]
    pub(crate) name: Name,
}

impl marketplace_core::Question for Locate {
    type Answer = Delegation;
}

/// The servers of a zone, for the cache.
#[derive(Debug, Message)]
pub(crate) struct Learned {
    #[message(skip)]
    pub(crate) delegation: Delegation,
}

/// A server of a zone that does not answer, for the cache.
#[derive(Debug, Message)]
pub(crate) struct Silent {
    #[message(skip)]
    pub(crate) zone: Name,
    #[message(skip)]
    pub(crate) server: SocketAddr,
}

impl Delegation {
    /// Servers that are asked about everything.
    pub(crate) fn of_all(addresses: Vec<SocketAddr>) -> Self {
        Self { zone: Name::root(), addresses, unknown: VecDeque::new(), ttl: u32::MAX }
    }

    /// About how many bytes it takes to remember.
    pub(crate) fn size(&self) -> usize {
        let unknown = self.unknown.iter().map(|question| size_of::<Question>() + question.name.len());
        // The zone's name is a key as well, twice.
        size_of::<Self>()
            + 3 * (size_of::<Name>() + self.zone.len())
            + size_of_val(&self.addresses[..])
            + unknown.sum::<usize>()
    }
}
