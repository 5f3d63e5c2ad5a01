//! The addresses of remote and local sockets.

use std::fmt;
use std::net::SocketAddr;

use marketplace_core::{Message, Value};

use crate::host::{LocalAddress, UdpHost};

/// The address of a socket: a remote socket, or one of this program.
///
/// # Examples
///
/// ```
/// use driver_udp::UdpAddress;
///
/// assert_eq!(UdpAddress::remote("192.0.2.1", 53).to_string(), "192.0.2.1:53");
/// assert_eq!(UdpAddress::remote("::1", 53).to_string(), "[::1]:53");
/// assert_eq!(UdpAddress::listener(5999).to_string(), "listener on port 5999");
/// assert_eq!(UdpAddress::handle("client"), UdpAddress::Handle { id: "client".into() });
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Message)]
pub enum UdpAddress {
    /// A remote socket. (`udp-remote-address` in the original.)
    Remote {
        /// The IP address or the name of its host.
        host: UdpHost,
        /// The port of the remote socket.
        port: u16,
    },
    /// A local socket on a port that the kernel picks. (`udp-handle` in the original.)
    Handle {
        /// Any value that identifies the socket. All processes of a VM share these ids: two processes that use the same
        /// id share one socket. [`Value::unique`] makes an id that no other process uses.
        id: Value,
    },
    /// A local socket on the given port. With port 0 the kernel picks a port, and [`UdpBound`](crate::UdpBound) reports
    /// which. (`udp-listener` in the original.)
    Listener {
        /// The port to bind.
        port: u16,
    },
}

impl UdpAddress {
    /// A remote socket, by the IP address or the name of its host.
    pub fn remote(host: impl Into<UdpHost>, port: u16) -> Self {
        Self::Remote { host: host.into(), port }
    }

    /// A local socket on a port that the kernel picks.
    pub fn handle(id: impl Into<Value>) -> Self {
        Self::Handle { id: id.into() }
    }

    /// A local socket on the given port. With port 0 the kernel picks a port.
    #[must_use]
    pub const fn listener(port: u16) -> Self {
        Self::Listener { port }
    }

    /// The address of the sender of a packet, and the address of this machine from which to answer.
    pub(crate) fn of_sender(address: SocketAddr, reply_from: Option<LocalAddress>) -> Self {
        Self::Remote { host: UdpHost::of_sender(address, reply_from), port: address.port() }
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
