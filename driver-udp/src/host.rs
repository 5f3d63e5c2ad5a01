//! The host of a remote socket, and the local address from which to answer it.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::sync::Arc;

use marketplace_core::Message;

/// The host of a remote socket: an IP address, or a name to look up. It is cheap to clone.
///
/// A text that is an IP address becomes that IP address, and an IPv4-mapped IPv6 address becomes the IPv4 address. So
/// each IP address has only one representation. Names are compared as they are written.
///
/// The host of a received packet also contains the address of this machine to which the packet was sent. If the socket
/// is bound to all addresses, packets to this host or to a clone of it are sent from that address. Comparisons and
/// hashes ignore this address.
///
/// Therefore send an answer to the source of the question, as [`UdpPacket::reply`](crate::UdpPacket::reply) does. A
/// source that is stored in a field, as a key of a map or in a topic, keeps its address of this machine. If the same
/// remote socket later sends to another address of this machine, packets to the stored source are still sent from the
/// first address.
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
#[derive(Clone, Message)]
#[message(leaf)]
pub struct UdpHost {
    location: Location,
    /// The address of this machine from which to answer.
    ///
    /// It is stored here and not in a table of the socket. A table would need memory for each forged sender, or lose
    /// entries, and a remote socket that sends to two of our addresses must be answered from each of them.
    reply_from: Option<LocalAddress>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum Location {
    Ip(IpAddr),
    /// A link-local address, and the index of the interface to its link.
    Link(Ipv6Addr, u32),
    Name(Arc<str>),
}

/// An address of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LocalAddress {
    pub(crate) ip: IpAddr,
    /// The index of its interface if the address is link-local, and 0 otherwise.
    pub(crate) interface: u32,
}

impl UdpHost {
    /// The IP address, or `None` for a name or a link-local address with its interface.
    #[must_use]
    pub const fn ip(&self) -> Option<IpAddr> {
        match self.location {
            Location::Ip(ip) => Some(ip),
            Location::Link(..) | Location::Name(_) => None,
        }
    }

    /// The host of the sender of a packet, and the address of this machine from which to answer.
    pub(crate) fn of_sender(address: SocketAddr, reply_from: Option<LocalAddress>) -> Self {
        let location = match address {
            // A link-local address is of no use without its interface.
            SocketAddr::V6(v6) if v6.scope_id() != 0 => Location::Link(*v6.ip(), v6.scope_id()),
            address => Location::Ip(address.ip().to_canonical()),
        };
        Self { location, reply_from }
    }

    pub(crate) const fn location(&self) -> &Location {
        &self.location
    }

    /// The address of this machine from which to answer.
    pub(crate) const fn reply_from(&self) -> Option<LocalAddress> {
        self.reply_from
    }

    fn parse<T: AsRef<str> + Into<Arc<str>>>(text: T) -> Self {
        match text.as_ref().parse::<IpAddr>() {
            Ok(ip) => ip.into(),
            Err(_) => Location::of_name(text).into(),
        }
    }
}

impl Location {
    /// The address of the socket on this host with the given port, or `None` if the host is a name.
    pub(crate) const fn at(&self, port: u16) -> Option<SocketAddr> {
        match *self {
            Self::Ip(ip) => Some(SocketAddr::new(ip, port)),
            Self::Link(ip, interface) => Some(SocketAddr::V6(SocketAddrV6::new(ip, port, 0, interface))),
            Self::Name(_) => None,
        }
    }

    fn of_name<T: AsRef<str> + Into<Arc<str>>>(text: T) -> Self {
        let link = text.as_ref().split_once('%').and_then(|(ip, interface)| {
            let interface = interface.parse().ok().filter(|interface| *interface != 0)?;
            Some(Self::Link(ip.parse().ok()?, interface))
        });
        link.unwrap_or_else(|| Self::Name(text.into()))
    }
}

impl PartialEq for UdpHost {
    fn eq(&self, other: &Self) -> bool {
        self.location == other.location
    }
}

impl Eq for UdpHost {}

impl Hash for UdpHost {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.location.hash(state);
    }
}

impl From<Location> for UdpHost {
    fn from(location: Location) -> Self {
        Self { location, reply_from: None }
    }
}

impl From<IpAddr> for UdpHost {
    fn from(ip: IpAddr) -> Self {
        Location::Ip(ip.to_canonical()).into()
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

impl fmt::Display for UdpHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.location {
            Location::Ip(ip) => ip.fmt(f),
            Location::Link(ip, interface) => write!(f, "{ip}%{interface}"),
            Location::Name(name) => name.fmt(f),
        }
    }
}

impl fmt::Debug for UdpHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_local_address_needs_no_look_up_and_has_one_text() -> anyhow::Result<()> {
        let host = UdpHost::of_sender("[fe80::1%2]:80".parse()?, None);
        assert_eq!(host, UdpHost::from("fe80::1%2"));
        assert_eq!(host.to_string(), "fe80::1%2");
        assert_eq!(host.location().at(80), Some("[fe80::1%2]:80".parse()?));
        // The name of an interface has to be looked up.
        assert_eq!(UdpHost::from("fe80::1%lo").location().at(80), None);
        Ok(())
    }
}
