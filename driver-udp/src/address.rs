//! Addresses: of remote sockets, and of the program's own.

use std::fmt;
use std::net::SocketAddr;

use marketplace_core::{Message, Value};

use crate::host::{OwnAddress, UdpHost};

/// A socket.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Message)]
pub enum UdpAddress {
    /// A remote socket. (`udp-remote-address` in the original.)
    Remote {
        /// Where it is.
        host: UdpHost,
        /// Its port.
        port: u16,
    },
    /// A local socket on a port that the kernel picks. (`udp-handle` in the original.)
    Handle {
        /// Any value, chosen with care: the processes of a VM share these ids, and one id is one socket.
        id: Value,
    },
    /// A local socket on a port of the user's choice; with port 0 the kernel picks one, of which
    /// [`UdpBound`](crate::UdpBound) tells. (`udp-listener` in the original.)
    Listener {
        /// Its port.
        port: u16,
    },
}

impl UdpAddress {
    /// A remote socket.
    pub fn remote(host: impl Into<UdpHost>, port: u16) -> Self {
        Self::Remote { host: host.into(), port }
    }

    /// A local socket on a port that the kernel picks.
    pub fn handle(id: impl Into<Value>) -> Self {
        Self::Handle { id: id.into() }
    }

    /// A local socket on a port of the user's choice.
    #[must_use]
    pub const fn listener(port: u16) -> Self {
        Self::Listener { port }
    }

    /// The address of a sender, which has sent to one of this machine's addresses.
    pub(crate) fn of_sender(address: SocketAddr, asked: Option<OwnAddress>) -> Self {
        Self::Remote { host: UdpHost::of_sender(address, asked), port: address.port() }
    }
}

impl From<SocketAddr> for UdpAddress {
    fn from(address: SocketAddr) -> Self {
        Self::of_sender(address, None)
    }
}

impl fmt::Display for UdpAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Remote { host, port } => {
                let host = host.to_string();
                if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
            }
            Self::Handle { id } => write!(f, "handle {id:?}"),
            Self::Listener { port } => write!(f, "listener on port {port}"),
        }
    }
}
