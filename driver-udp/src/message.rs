//! The vocabulary: packets, and what the driver says of itself.

use std::net::SocketAddr;

use bytes::Bytes;
use marketplace_core::{Message, Pattern, Reason, topic};

use crate::address::UdpAddress;

/// A packet on its way from one socket to another.
///
/// Nobody is warned of one that nobody takes: packets may come from anybody.
///
/// (`udp-packet` in the original.)
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(lossy)]
pub struct UdpPacket {
    /// The socket it comes from.
    pub source: UdpAddress,
    /// The socket it goes to.
    pub destination: UdpAddress,
    /// What it carries: up to 65,507 bytes over IPv4 and 65,527 over IPv6, or none.
    pub body: Bytes,
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
///
/// Nobody is warned of one that nobody takes: a destination that refuses packets is none of the sender's making, and of a
/// socket that could not be had the driver logs a warning of its own.
#[derive(Clone, Debug, Message)]
#[message(lossy)]
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
