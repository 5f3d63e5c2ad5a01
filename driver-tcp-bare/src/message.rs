//! The messages and addresses by which programs and the driver communicate.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use marketplace_core::{Message, Pattern, Reason, Value, topic};

/// A message with a piece of a TCP stream: some bytes, or the end of the stream.
///
/// A process that uses a connection is called a *session*. It publishes the messages from its local address to the
/// remote address, and subscribes to those in the other direction. To receive new connections, observe the publishers
/// or the subscribers of a listener's messages.
///
/// No warning is logged when such a message has no receiver, because a connection may close while a message is on its
/// way.
///
/// (`tcp-channel` in the original.)
///
/// # Examples
///
/// A session that sends everything back to its peer:
///
/// ```
/// use driver_tcp_bare::{TcpAddress, TcpChannel};
/// use marketplace_core::Spawn;
///
/// fn echoer(peer: TcpAddress, local: TcpAddress) -> Spawn {
///     Spawn::new((), move |(), cx| {
///         cx.publisher(TcpChannel::flow(&local, &peer));
///         cx.subscriber(TcpChannel::flow(&peer, &local))
///             .on_message(|(), cx, packet| cx.send(packet.reply()))
///             .on_absence(|(), cx, _peer, _reason| cx.quit());
///     })
/// }
/// # let _ = echoer;
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(lossy)]
pub struct TcpChannel {
    /// The sender's end of the connection.
    pub source: TcpAddress,
    /// The receiver's end of the connection.
    pub destination: TcpAddress,
    /// The bytes, or the end of the stream.
    pub subpacket: TcpSubPacket,
}

/// The content of a [`TcpChannel`] message: bytes, or the end of the stream.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
pub enum TcpSubPacket {
    /// Some bytes of the stream. TCP keeps no message boundaries, so one message may hold a part of what the peer
    /// sent at once, or several such parts. Patterns cannot match on the bytes.
    Bytes(#[message(skip)] Bytes),
    /// The end of the stream in this direction. The other direction stays open.
    Eof,
}

/// The address of one end of a connection.
///
/// The local end is a `Handle` (outbound connections) or a `Listener` (inbound connections). The remote end is a
/// `Remote`.
///
/// # Examples
///
/// ```
/// use driver_tcp_bare::TcpAddress;
///
/// assert_eq!(TcpAddress::remote("example.com", 80).to_string(), "example.com:80");
/// assert_eq!(TcpAddress::remote("::1", 80).to_string(), "[::1]:80");
/// assert_eq!(TcpAddress::listener(5999).to_string(), "listener on port 5999");
/// assert_eq!(TcpAddress::handle("client"), TcpAddress::Handle { id: "client".into() });
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Message)]
pub enum TcpAddress {
    /// A remote socket. (`tcp-address` in the original.)
    Remote {
        /// A host name or an IP address. For an inbound connection this is the peer's IP address in the format of
        /// [`IpAddr`](std::net::IpAddr)'s `Display`.
        host: Arc<str>,
        /// The port of the remote socket.
        port: u16,
    },
    /// A local socket for an outbound connection, on a port that the kernel picks.
    /// (`tcp-handle` in the original.)
    Handle {
        /// Any value that identifies the connection. All processes of a VM share these ids: two processes that use
        /// the same id and the same remote address share one connection. [`Value::unique`] makes an id that no
        /// other process uses.
        id: Value,
    },
    /// A local socket for inbound connections, on the given port. With port 0 the kernel picks a port, and
    /// [`TcpBound`] reports which. (`tcp-listener` in the original.)
    Listener {
        /// The port to listen on.
        port: u16,
    },
}

/// The local and the remote end of a connection, in this order.
pub(crate) type Ends = (TcpAddress, TcpAddress);

/// The address that a listener is bound to. Observe its publishers to learn which port the kernel picked for port 0.
///
/// The driver is a participant publisher of this topic for each listener, as long as the listener is bound. The
/// address is in the topic, so a process that starts to observe later learns it too. The driver never sends a message
/// of this type.
///
/// # Examples
///
/// ```
/// use driver_tcp_bare::{TcpAddress, TcpBound};
/// use marketplace_core::{Pattern as _, Spawn, topic};
///
/// let listener = TcpAddress::listener(0);
/// let reporter = Spawn::new((), move |(), cx| {
///     cx.observe_publishers(topic!(TcpBound { listener, address: _ })).on_presence(|(), _, peer| {
///         if let Some(address) = peer.conversation.address.value() {
///             println!("listening on {address}");
///         }
///     });
/// });
/// # let _ = reporter;
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Message)]
pub struct TcpBound {
    /// The listener, with the port that the program requested (0 if the kernel picked the port).
    pub listener: TcpAddress,
    /// The address that the listener is bound to.
    pub address: SocketAddr,
}

/// Back-pressure on a session's outbound data: a message that the driver sends as feedback.
///
/// Use it in a session that sends without waiting for input, such as a download: become a participant publisher of
/// [`TcpPressure::flow`], and send nothing while `full` is true. While such a publisher exists, the driver reads the
/// connection even when it is full. The crate's documentation has
/// [a complete session](crate#back-pressure).
///
/// The driver sends `full: true` when more bytes than the high-water mark are queued for the peer, and `full: false`
/// when no more than the low-water mark are left. A publisher that is added while the connection is full receives
/// `full: true` when it is added. The other publishers then receive the same message again.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(lossy)]
pub struct TcpPressure {
    /// The local end of the connection.
    pub source: TcpAddress,
    /// The remote end of the connection.
    pub destination: TcpAddress,
    /// Whether the connection is full, so that the session should wait.
    pub full: bool,
}

/// The driver could not open a connection, or could not bind a listener.
///
/// Subscribe to it to handle such failures. The driver does not try again by itself: it tries again when new demand
/// is added.
///
/// The driver logs a warning with each error. No further warning is logged when the message has no receiver.
///
/// # Examples
///
/// A process that fails when the port cannot be bound:
///
/// ```
/// use driver_tcp_bare::{TcpAddress, TcpError};
/// use marketplace_core::{Spawn, topic};
///
/// let listener = TcpAddress::listener(5999);
/// let guard = Spawn::new((), move |(), cx| {
///     cx.subscriber(topic!(TcpError { local: listener, remote: None, .. }))
///         .on_message(|(), _, error| error.reason.clone().into_result());
/// });
/// # let _ = guard;
/// ```
#[derive(Clone, Debug, Message)]
#[message(lossy)]
pub struct TcpError {
    /// The local end: the handle or the listener that the program requested.
    pub local: TcpAddress,
    /// The remote end of the connection that could not be opened, or `None` if a listener could not be bound.
    pub remote: Option<TcpAddress>,
    /// What failed. The cause is a [`std::io::Error`], which `reason.downcast_ref` gives. Patterns cannot match on
    /// the reason.
    #[message(skip)]
    pub reason: Reason,
}

impl TcpChannel {
    /// A message with bytes from `source` to `destination`.
    pub fn bytes(source: &TcpAddress, destination: &TcpAddress, bytes: impl Into<Bytes>) -> Self {
        Self {
            source: source.clone(),
            destination: destination.clone(),
            subpacket: TcpSubPacket::Bytes(bytes.into()),
        }
    }

    /// A message with the end of the stream from `source` to `destination`. After the driver has sent everything
    /// before it, it shuts down the sending side of the socket.
    #[must_use]
    pub fn eof(source: &TcpAddress, destination: &TcpAddress) -> Self {
        Self { source: source.clone(), destination: destination.clone(), subpacket: TcpSubPacket::Eof }
    }

    /// The topic of all messages from `source` to `destination`, for a publisher or a subscriber.
    #[must_use]
    pub fn flow(source: &TcpAddress, destination: &TcpAddress) -> TcpChannelPattern {
        topic!(Self { source: source, destination: destination, .. })
    }

    /// The same content in the other direction: from this message's destination to its source.
    ///
    /// # Examples
    ///
    /// ```
    /// use driver_tcp_bare::{TcpAddress, TcpChannel};
    ///
    /// let (client, server) = (TcpAddress::remote("::1", 4000), TcpAddress::listener(5999));
    /// let packet = TcpChannel::bytes(&client, &server, "hello");
    /// assert_eq!(packet.reply(), TcpChannel::bytes(&server, &client, "hello"));
    /// ```
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
    /// The topic of the back-pressure on what `source` sends to `destination`. The messages are feedback, so a
    /// process becomes a *publisher* of this topic to receive them.
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
        context: String,
    ) -> Self {
        let reason = Reason::error(anyhow::Error::new(error).context(context));
        Self { local: local.clone(), remote: remote.cloned(), reason }
    }
}

impl TcpChannelPattern {
    /// The source and the destination, or `None` if one of them is a wildcard or contains one. Use it on a
    /// conversation to get the two addresses of a connection.
    ///
    /// # Examples
    ///
    /// ```
    /// use driver_tcp_bare::{TcpAddress, TcpChannel};
    /// use marketplace_core::topic;
    ///
    /// let (client, server) = (TcpAddress::remote("::1", 4000), TcpAddress::listener(5999));
    /// assert_eq!(TcpChannel::flow(&client, &server).ends(), Some((client, server.clone())));
    /// assert_eq!(topic!(TcpChannel { source: _, destination: server, .. }).ends(), None);
    /// ```
    #[must_use]
    pub fn ends(&self) -> Option<(TcpAddress, TcpAddress)> {
        Some((self.source.value()?, self.destination.value()?))
    }
}

impl TcpAddress {
    /// A remote socket, by a host name or an IP address.
    pub fn remote(host: impl Into<Arc<str>>, port: u16) -> Self {
        Self::Remote { host: host.into(), port }
    }

    /// A local socket for an outbound connection, on a port that the kernel picks.
    pub fn handle(id: impl Into<Value>) -> Self {
        Self::Handle { id: id.into() }
    }

    /// A local socket for inbound connections on the given port. With port 0 the kernel picks a port.
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
