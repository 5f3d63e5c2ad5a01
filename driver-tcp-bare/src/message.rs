//! The vocabulary: channels, addresses, and what the driver says of itself.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use marketplace_core::{Message, Pattern, Reason, Value, topic};

/// A piece of a TCP stream on its way from one end of a connection to the other.
///
/// Nobody is warned of one that nobody takes: a connection may go while a piece is under way.
///
/// (`tcp-channel` in the original.)
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(lossy)]
pub struct TcpChannel {
    /// The end it comes from.
    pub source: TcpAddress,
    /// The end it goes to.
    pub destination: TcpAddress,
    /// What it carries.
    pub subpacket: TcpSubPacket,
}

/// What a piece of a stream carries.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
pub enum TcpSubPacket {
    /// Some bytes; never matched on, since where one piece ends and the next begins means nothing.
    Bytes(#[message(skip)] Bytes),
    /// The end of the stream in this direction.
    Eof,
}

/// One end of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Message)]
pub enum TcpAddress {
    /// A remote socket. (`tcp-address` in the original.)
    Remote {
        /// A name or an address; for an inbound connection the peer's address, as Rust writes it.
        host: Arc<str>,
        /// Its port.
        port: u16,
    },
    /// A local socket on a port that the kernel picks, for an outbound connection.
    /// (`tcp-handle` in the original.)
    Handle {
        /// Any value, chosen with care: the processes of a VM share these ids, and one id is one
        /// connection to a remote socket at a time.
        id: Value,
    },
    /// A local socket on a port of the user's choice, for inbound connections; with port 0 the kernel
    /// picks one, of which [`TcpBound`] tells. (`tcp-listener` in the original.)
    Listener {
        /// Its port.
        port: u16,
    },
}

/// The local and the remote end of a connection.
pub(crate) type Ends = (TcpAddress, TcpAddress);

/// State of the driver, published while a listener is bound: its participant publisher's presence tells
/// the address, to latecomers too. No message is ever sent.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
pub struct TcpBound {
    /// The listener, as it was asked for.
    pub listener: TcpAddress,
    /// The address that it is bound to.
    pub address: SocketAddr,
}

/// How a connection stands with what a session sends, told by the driver as feedback: a session that waits by
/// itself while the connection is full is a participant publisher of it.
///
/// Sent with `full` true when more than the high-water mark waits to be sent, and with `full` false when the
/// low-water mark is reached again.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(lossy)]
pub struct TcpPressure {
    /// The local end.
    pub source: TcpAddress,
    /// The remote end.
    pub destination: TcpAddress,
    /// Whether the session is to wait.
    pub full: bool,
}

/// A connection or a listener could not be had. Another try needs new demand.
///
/// Nobody is warned of one that nobody takes: the driver logs a warning of its own.
#[derive(Clone, Debug, Message)]
#[message(lossy)]
pub struct TcpError {
    /// The local end, as it was asked for.
    pub local: TcpAddress,
    /// The remote end, of a connection.
    pub remote: Option<TcpAddress>,
    /// What went wrong, with the system's [`std::io::Error`] in it; never matched on.
    #[message(skip)]
    pub reason: Reason,
}

impl TcpChannel {
    /// Some bytes on their way.
    pub fn bytes(source: &TcpAddress, destination: &TcpAddress, bytes: impl Into<Bytes>) -> Self {
        Self {
            source: source.clone(),
            destination: destination.clone(),
            subpacket: TcpSubPacket::Bytes(bytes.into()),
        }
    }

    /// The end of the stream.
    #[must_use]
    pub fn eof(source: &TcpAddress, destination: &TcpAddress) -> Self {
        Self { source: source.clone(), destination: destination.clone(), subpacket: TcpSubPacket::Eof }
    }

    /// The topic of all that goes from `source` to `destination`.
    #[must_use]
    pub fn flow(source: &TcpAddress, destination: &TcpAddress) -> TcpChannelPattern {
        topic!(Self { source: source, destination: destination, .. })
    }

    /// The same piece on its way back.
    #[must_use]
    pub fn reply(&self) -> Self {
        Self {
            source: self.destination.clone(),
            destination: self.source.clone(),
            subpacket: self.subpacket.clone(),
        }
    }
}

impl TcpPressure {
    /// The topic of the pressure on what goes from `source` to `destination`. It is feedback: to be told,
    /// publish it.
    #[must_use]
    pub fn flow(source: &TcpAddress, destination: &TcpAddress) -> TcpPressurePattern {
        topic!(Self { source: source, destination: destination, .. })
    }
}

impl TcpError {
    pub(crate) fn new(
        local: &TcpAddress,
        remote: Option<&TcpAddress>,
        error: io::Error,
        what: String,
    ) -> Self {
        let reason = Reason::error(anyhow::Error::new(error).context(what));
        Self { local: local.clone(), remote: remote.cloned(), reason }
    }
}

impl TcpChannelPattern {
    /// The source and the destination, if both are known.
    #[must_use]
    pub fn ends(&self) -> Option<(TcpAddress, TcpAddress)> {
        Some((self.source.value()?, self.destination.value()?))
    }
}

impl TcpAddress {
    /// A remote socket.
    pub fn remote(host: impl Into<Arc<str>>, port: u16) -> Self {
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

impl From<SocketAddr> for TcpAddress {
    fn from(address: SocketAddr) -> Self {
        Self::remote(address.ip().to_string(), address.port())
    }
}

impl fmt::Display for TcpAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Remote { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Remote { host, port } => write!(f, "{host}:{port}"),
            Self::Handle { id } => write!(f, "handle {id:?}"),
            Self::Listener { port } => write!(f, "listener on port {port}"),
        }
    }
}
