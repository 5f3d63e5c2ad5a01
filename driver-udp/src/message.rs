//! The messages by which programs and the driver communicate.

use std::net::SocketAddr;

use bytes::Bytes;
use marketplace_core::{Message, Pattern, Reason, topic};

use crate::address::UdpAddress;

/// A message with one UDP packet, from one socket to another.
///
/// To send packets, become a publisher of [`UdpPacket::outbound`] or [`UdpPacket::flow`]. To receive packets, subscribe
/// to [`UdpPacket::inbound`]. Either endpoint makes the driver bind a socket for the local address.
///
/// No warning is logged when a packet has no receiver, because anybody can send packets to a socket.
///
/// (`udp-packet` in the original.)
///
/// # Examples
///
/// A process that answers each packet with the same content:
///
/// ```
/// use driver_udp::{UdpAddress, UdpPacket};
/// use marketplace_core::{Spawn, topic};
///
/// let local = UdpAddress::listener(5999);
/// let echo = Spawn::new((), move |(), cx| {
///     cx.publisher(UdpPacket::outbound(&local));
///     cx.subscriber(topic!(UdpPacket {
///         source: UdpAddress::Remote { host: _, port: _ },
///         destination: &local,
///         ..
///     }))
///     .on_message(|(), cx, packet| cx.send(packet.reply(packet.body.clone())));
/// });
/// # let _ = echo;
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(lossy)]
pub struct UdpPacket {
    /// The socket that sends the packet.
    pub source: UdpAddress,
    /// The socket that receives the packet.
    pub destination: UdpAddress,
    /// The content: from 0 up to 65,507 bytes over IPv4, and up to 65,527 bytes over IPv6.
    pub body: Bytes,
}

/// The address that a local socket is bound to. Observe its publishers to learn which port the kernel picked.
///
/// The driver is a participant publisher of this topic for each local socket, as long as the socket is bound. The
/// address is in the topic, so a process that starts to observe later learns it too. The driver never sends a message
/// of this type.
///
/// # Examples
///
/// ```
/// use driver_udp::{UdpAddress, UdpBound};
/// use marketplace_core::{Pattern as _, Spawn, topic};
///
/// let local = UdpAddress::listener(0);
/// let reporter = Spawn::new((), move |(), cx| {
///     cx.observe_publishers(topic!(UdpBound { local, address: _ })).on_presence(|(), _, peer| {
///         if let Some(address) = peer.conversation.address.value() {
///             println!("bound to {address}");
///         }
///     });
/// });
/// # let _ = reporter;
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Message)]
pub struct UdpBound {
    /// The local address that the program uses: a handle, or a listener with the requested port.
    pub local: UdpAddress,
    /// The address that the socket is bound to.
    pub address: SocketAddr,
}

/// A packet could not be sent or was refused, or a socket could not be bound or is lost.
///
/// Subscribe to it to handle such failures. With `remote`, the error is about one packet, and the socket stays open.
/// Without `remote`, the error is about the socket itself: the packets in its queue are dropped, and the driver binds a
/// socket again only when new demand is added.
///
/// No warning is logged when such a message has no receiver. The driver logs its own warning when a socket cannot be
/// bound or is lost.
///
/// # Examples
///
/// A process that fails when its socket cannot be bound or is lost:
///
/// ```
/// use driver_udp::{UdpAddress, UdpError};
/// use marketplace_core::{Spawn, topic};
///
/// let local = UdpAddress::listener(5999);
/// let guard = Spawn::new((), move |(), cx| {
///     cx.subscriber(topic!(UdpError { local, remote: None, .. }))
///         .on_message(|(), _, error| error.reason.clone().into_result());
/// });
/// # let _ = guard;
/// ```
#[derive(Clone, Debug, Message)]
#[message(lossy)]
pub struct UdpError {
    /// The local address that the program uses: a handle, or a listener with the requested port.
    pub local: UdpAddress,
    /// The destination of the packet, or `None` if the error is about the socket itself.
    pub remote: Option<UdpAddress>,
    /// What failed. If the cause is an error of the system, `reason.downcast_ref` gives the [`std::io::Error`].
    /// Patterns cannot match on the reason.
    #[message(skip)]
    pub reason: Reason,
}

impl UdpPacket {
    /// A packet from `source` to `destination`.
    pub fn new(source: &UdpAddress, destination: &UdpAddress, body: impl Into<Bytes>) -> Self {
        Self { source: source.clone(), destination: destination.clone(), body: body.into() }
    }

    /// The topic of all packets from `source` to `destination`.
    #[must_use]
    pub fn flow(source: &UdpAddress, destination: &UdpAddress) -> UdpPacketPattern {
        topic!(Self { source: source, destination: destination, .. })
    }

    /// The topic of all packets that a local socket sends.
    #[must_use]
    pub fn outbound(local: &UdpAddress) -> UdpPacketPattern {
        topic!(Self { source: local, .. })
    }

    /// The topic of all packets that a local socket receives.
    #[must_use]
    pub fn inbound(local: &UdpAddress) -> UdpPacketPattern {
        topic!(Self { destination: local, .. })
    }

    /// An answer to this packet: a packet with the given body from this packet's destination to its source.
    ///
    /// # Examples
    ///
    /// ```
    /// use driver_udp::{UdpAddress, UdpPacket};
    ///
    /// let (client, server) = (UdpAddress::remote("192.0.2.1", 4000), UdpAddress::listener(5999));
    /// let question = UdpPacket::new(&client, &server, "ping");
    /// assert_eq!(question.reply("pong"), UdpPacket::new(&server, &client, "pong"));
    /// ```
    pub fn reply(&self, body: impl Into<Bytes>) -> Self {
        Self::new(&self.destination, &self.source, body)
    }
}

impl UdpPacketPattern {
    /// The source and the destination, or `None` if one of them is a wildcard or contains one.
    #[must_use]
    pub fn ends(&self) -> Option<(UdpAddress, UdpAddress)> {
        Some((self.source.value()?, self.destination.value()?))
    }
}
