//! Where a remote socket is, and what is remembered of how it was met.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::sync::Arc;

use marketplace_core::Message;

/// Where a remote socket is: an IP address, or a name to look up. Cheap to clone.
///
/// A text that is an IP address is that address, and an IPv4 address written as one of IPv6 is the IPv4
/// address, so equal hosts are written in one way only. Names are compared as they are written.
///
/// The host from which a packet has come also remembers to which of this machine's addresses the packet was
/// sent. What goes to this host, or to a clone of it, leaves from there if the socket is bound to all
/// addresses. Hosts that differ in nothing else are equal.
///
/// So answer to the source of the packet that you answer, as [`UdpPacket::reply`](crate::UdpPacket::reply) does. A
/// source that is kept, in a field, as a map's key or in a topic, stays as it was when it was stored: if the same
/// remote socket later sends to another of this machine's addresses, what goes to the kept one still leaves from
/// the first.
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
    place: Place,
    // Kept here, and not in a table of the socket's, so that a flood of made-up senders takes no memory and
    // pushes nobody out, and so that a remote socket which asks two of our addresses is answered from each.
    asked: Option<OwnAddress>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    Ip(IpAddr),
    /// An address that holds on one link only, and the index of the interface to that link.
    Link(Ipv6Addr, u32),
    Name(Arc<str>),
}

/// An address of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OwnAddress {
    pub(crate) ip: IpAddr,
    /// The index of its interface, if the address holds on one link only; otherwise 0.
    pub(crate) interface: u32,
}

impl UdpHost {
    /// The IP address, unless it has to be looked up or holds on one link only.
    #[must_use]
    pub const fn ip(&self) -> Option<IpAddr> {
        match self.place {
            Place::Ip(ip) => Some(ip),
            Place::Link(..) | Place::Name(_) => None,
        }
    }

    /// The host of a sender, which has sent to one of this machine's addresses.
    pub(crate) fn of_sender(address: SocketAddr, asked: Option<OwnAddress>) -> Self {
        let place = match address {
            // Without its scope such an address leads nowhere.
            SocketAddr::V6(v6) if v6.scope_id() != 0 => Place::Link(*v6.ip(), v6.scope_id()),
            address => Place::Ip(address.ip().to_canonical()),
        };
        Self { place, asked }
    }

    pub(crate) const fn place(&self) -> &Place {
        &self.place
    }

    /// The address of this machine that it has sent to.
    pub(crate) const fn asked(&self) -> Option<OwnAddress> {
        self.asked
    }

    fn parse<T: AsRef<str> + Into<Arc<str>>>(text: T) -> Self {
        match text.as_ref().parse::<IpAddr>() {
            Ok(ip) => ip.into(),
            Err(_) => Place::of_name(text).into(),
        }
    }
}

impl Place {
    /// The socket at a port, unless the address has to be looked up.
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
        self.place == other.place
    }
}

impl Eq for UdpHost {}

impl Hash for UdpHost {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.place.hash(state);
    }
}

impl From<Place> for UdpHost {
    fn from(place: Place) -> Self {
        Self { place, asked: None }
    }
}

impl From<IpAddr> for UdpHost {
    fn from(ip: IpAddr) -> Self {
        Place::Ip(ip.to_canonical()).into()
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
        match &self.place {
            Place::Ip(ip) => ip.fmt(f),
            Place::Link(ip, interface) => write!(f, "{ip}%{interface}"),
            Place::Name(name) => name.fmt(f),
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
    fn an_address_of_one_link_needs_no_look_up_and_is_written_in_one_way() -> anyhow::Result<()> {
        let met = UdpHost::of_sender("[fe80::1%2]:80".parse()?, None);
        assert_eq!(met, UdpHost::from("fe80::1%2"));
        assert_eq!(met.to_string(), "fe80::1%2");
        assert_eq!(met.place().at(80), Some("[fe80::1%2]:80".parse()?));
        // The name of an interface has to be looked up.
        assert_eq!(UdpHost::from("fe80::1%lo").place().at(80), None);
        Ok(())
    }
}
