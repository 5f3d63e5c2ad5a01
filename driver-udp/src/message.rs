//! The vocabulary: packets, addresses, and what the driver says of itself.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use marketplace_core::{Message, Pattern, Reason, Value, topic};

/// A packet on its way from one socket to another.
///
/// (`udp-packet` in the original.)
#[derive(Clone, Debug, PartialEq, Eq, Message)]
pub struct UdpPacket {
    /// The socket it comes from.
    pub source: UdpAddress,
    /// The socket it goes to.
    pub destination: UdpAddress,
    /// What it carries: up to 65,507 bytes over IPv4 and 65,527 over IPv6, or none.
    pub body: Bytes,
}

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
    /// [`UdpBound`] tells. (`udp-listener` in the original.)
    Listener {
        /// Its port.
        port: u16,
    },
}

/// Where a remote socket is: an IP address, or a name to look up. Cheap to clone.
///
/// A text that is an IP address is that address, and an IPv4 address written as one of IPv6 is the IPv4
/// address, so equal hosts are written in one way only. Names are compared as they are written.
///
/// # Examples
///
/// ```
/// use std::net::Ipv4Addr;
///
/// use driver_udp::UdpHost;
///
/// assert_eq!(UdpHost::from("127.0.0.1"), UdpHost::from(Ipv4Addr::LOCALHOST));
/// assert_eq!(UdpHost::from("::ffff:127.0.0.1").ip(), Some(Ipv4Addr::LOCALHOST.into()));
/// assert_eq!(UdpHost::from("localhost").ip(), None);
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Message)]
#[message(leaf)]
pub struct UdpHost(Host);

#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum Host {
    Ip(IpAddr),
    Name(Arc<str>),
}

/// State of the driver, published while a socket is bound: its participant publisher's presence tells the
/// address, to latecomers too. No message is ever sent.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
pub struct UdpBound {
    /// The socket, as it was asked for.
    pub local: UdpAddress,
    /// The address that it is bound to.
    pub address: SocketAddr,
}

/// A packet could not be sent or was refused, or a socket could not be had.
#[derive(Clone, Debug, Message)]
pub struct UdpError {
    /// The local socket, as it was asked for.
    pub local: UdpAddress,
    /// Where the packet was to go; nothing, if the socket itself could not be had: then another try needs new
    /// demand.
    pub remote: Option<UdpAddress>,
    /// What went wrong; never matched on.
    #[message(skip)]
    pub reason: Reason,
}

impl UdpPacket {
    /// A packet.
    pub fn new(source: &UdpAddress, destination: &UdpAddress, body: impl Into<Bytes>) -> Self {
        Self { source: source.clone(), destination: destination.clone(), body: body.into() }
    }

    /// The topic of all that goes from `source` to `destination`.
    #[must_use]
    pub fn flow(source: &UdpAddress, destination: &UdpAddress) -> UdpPacketPattern {
        topic!(Self { source: source, destination: destination, .. })
    }

    /// The topic of all that comes from a local socket.
    #[must_use]
    pub fn outbound(local: &UdpAddress) -> UdpPacketPattern {
        topic!(Self { source: local, .. })
    }

    /// The topic of all that goes to a local socket.
    #[must_use]
    pub fn inbound(local: &UdpAddress) -> UdpPacketPattern {
        topic!(Self { destination: local, .. })
    }

    /// An answer: a packet the other way.
    pub fn reply(&self, body: impl Into<Bytes>) -> Self {
        Self::new(&self.destination, &self.source, body)
    }
}

impl UdpPacketPattern {
    /// The source and the destination, if both are known.
    #[must_use]
    pub fn ends(&self) -> Option<(UdpAddress, UdpAddress)> {
        Some((self.source.value()?, self.destination.value()?))
    }
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
}

impl UdpHost {
    /// The IP address, unless it has to be looked up.
    #[must_use]
    pub const fn ip(&self) -> Option<IpAddr> {
        match self.0 {
            Host::Ip(ip) => Some(ip),
            Host::Name(_) => None,
        }
    }

    pub(crate) const fn host(&self) -> &Host {
        &self.0
    }

    fn parse<T: AsRef<str> + Into<Arc<str>>>(text: T) -> Self {
        match text.as_ref().parse::<IpAddr>() {
            Ok(ip) => ip.into(),
            Err(_) => Self(Host::Name(text.into())),
        }
    }
}

impl From<SocketAddr> for UdpAddress {
    fn from(address: SocketAddr) -> Self {
        let host = match address {
            // Without its scope an address that holds on one link only leads nowhere.
            SocketAddr::V6(v6) if v6.scope_id() != 0 => {
                UdpHost(Host::Name(format!("{}%{}", v6.ip(), v6.scope_id()).into()))
            }
            address => address.ip().into(),
        };
        Self::Remote { host, port: address.port() }
    }
}

impl From<IpAddr> for UdpHost {
    fn from(ip: IpAddr) -> Self {
        Self(Host::Ip(ip.to_canonical()))
    }
}

impl From<Ipv4Addr> for UdpHost {
    fn from(ip: Ipv4Addr) -> Self {
        IpAddr::from(ip).into()
    }
}

impl From<Ipv6Addr> for UdpHost {
    fn from(ip: Ipv6Addr) -> Self {
        IpAddr::from(ip).into()
    }
}

impl From<&str> for UdpHost {
    fn from(text: &str) -> Self {
        Self::parse(text)
    }
}

impl From<String> for UdpHost {
    fn from(text: String) -> Self {
        Self::parse(text)
    }
}

impl From<Arc<str>> for UdpHost {
    fn from(text: Arc<str>) -> Self {
        Self::parse(text)
    }
}

impl fmt::Display for UdpAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Remote { host, port } => match host.0 {
                Host::Ip(ip) => SocketAddr::new(ip, *port).fmt(f),
                Host::Name(ref name) if name.contains(':') => write!(f, "[{name}]:{port}"),
                Host::Name(ref name) => write!(f, "{name}:{port}"),
            },
            Self::Handle { id } => write!(f, "handle {id:?}"),
            Self::Listener { port } => write!(f, "listener on port {port}"),
        }
    }
}

impl fmt::Display for UdpHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Host::Ip(ip) => ip.fmt(f),
            Host::Name(name) => name.fmt(f),
        }
    }
}

impl fmt::Debug for UdpHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
