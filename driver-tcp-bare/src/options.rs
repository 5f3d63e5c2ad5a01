//! The driver's options, and their defaults.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use crate::counters::TcpCounters;
use crate::shared_port::SharedPort;

/// A builder for the TCP driver with other options than the defaults of [`tcp_driver`](crate::tcp_driver).
///
/// Sizes are in bytes. Each connection has a queue of bytes to send. The two marks and the hard limit bound this
/// queue, and so the memory that a slow peer costs.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use driver_tcp_bare::TcpDriver;
///
/// let driver = TcpDriver::new()
///     .bind_address([127, 0, 0, 1])
///     .max_connections(10_000)
///     .max_connections_per_address(100)
///     .high_water_mark(128 * 1024)
///     .unclaimed_timeout(Duration::from_secs(5));
/// let counters = driver.counters();
/// # let _ = (driver.spawn(), counters.open());
/// ```
#[derive(Clone, Debug)]
pub struct TcpDriver {
    pub(crate) options: Options,
    pub(crate) counters: Arc<TcpCounters>,
}

/// The values of the options.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) bind_address: IpAddr,
    pub(crate) backlog: u16,
    pub(crate) shared_port: Option<SharedPort>,
    pub(crate) max_connections: usize,
    pub(crate) max_connections_per_address: usize,
    pub(crate) high_water_mark: usize,
    pub(crate) low_water_mark: usize,
    pub(crate) hard_limit: usize,
    pub(crate) no_delay: bool,
    pub(crate) keep_alive: Option<Duration>,
    pub(crate) linger: Duration,
    pub(crate) stall_timeout: Duration,
    pub(crate) unclaimed_timeout: Duration,
    pub(crate) connect_timeout: Duration,
}

impl TcpDriver {
    /// A driver with the default options.
    #[must_use]
    pub fn new() -> Self {
        Self { options: Options::default(), counters: Arc::default() }
    }

    /// The driver's counters. They can be read at any time, from any thread.
    ///
    /// Get them before [`spawn`](Self::spawn), which consumes the builder. Clones of a builder share its counters.
    #[must_use]
    pub fn counters(&self) -> Arc<TcpCounters> {
        Arc::clone(&self.counters)
    }

    /// The local IP address that listeners are bound to. The default is all addresses of the machine, of both IPv6
    /// and IPv4, or all of IPv4 if the machine has no IPv6.
    #[must_use]
    pub fn bind_address(mut self, address: impl Into<IpAddr>) -> Self {
        self.options.bind_address = address.into();
        self
    }

    /// How many connections the system queues until the driver accepts them (the `backlog` of `listen`). The default
    /// is 1,024.
    #[must_use]
    pub const fn backlog(mut self, connections: u16) -> Self {
        self.options.backlog = connections;
        self
    }

    /// Whether listeners share their port with other sockets (`SO_REUSEPORT`). Use it to listen on one port from
    /// several grounds. The default is `false`.
    ///
    /// Every socket that is bound to the port must have this option. Drivers made from clones of one builder share
    /// port 0 too: all of them bind the port that the kernel picked for the first. Each driver has its own limits,
    /// but the counters are shared.
    ///
    /// On Linux the kernel distributes the connections by a hash of both ends' addresses and ports. The shares are
    /// therefore equal only with many connections, and the load of each ground has no influence. Only processes of
    /// the same user can share a port, but any process of that user can, and then receives a part of the
    /// connections. On the BSDs and macOS several sockets can bind the port, but one of them may get all connections.
    /// On systems without the option, such as Solaris and illumos, the port cannot be bound, and the driver sends a
    /// [`TcpError`](crate::TcpError).
    ///
    /// When a listener closes, the kernel resets the connections in its backlog. It does not give them to the other
    /// listeners.
    #[must_use]
    pub fn share_port(mut self, share: bool) -> Self {
        self.options.shared_port = share.then(SharedPort::default);
        self
    }

    /// The largest number of inbound connections. Further connections are closed at once. The default is no limit.
    #[must_use]
    pub const fn max_connections(mut self, connections: usize) -> Self {
        self.options.max_connections = connections;
        self
    }

    /// The largest number of inbound connections from one IP address. Further connections are closed at once. The
    /// default is no limit.
    #[must_use]
    pub const fn max_connections_per_address(mut self, connections: usize) -> Self {
        self.options.max_connections_per_address = connections;
        self
    }

    /// A connection is full when more than this number of bytes is queued for its peer. The default is 256 KiB.
    ///
    /// The driver then sends [`TcpPressure`](crate::TcpPressure) to the sessions that publish it. If no session
    /// publishes it, the driver stops reading the connection.
    #[must_use]
    pub const fn high_water_mark(mut self, bytes: usize) -> Self {
        self.options.high_water_mark = bytes;
        self
    }

    /// A full connection has room again when no more than this number of bytes is queued. The default is 64 KiB. If
    /// it is above the high-water mark, the high-water mark is used instead.
    #[must_use]
    pub const fn low_water_mark(mut self, bytes: usize) -> Self {
        self.options.low_water_mark = bytes;
        self
    }

    /// A connection is reset when more than this number of bytes is queued for its peer, because its session keeps
    /// sending to a full connection. The default is 16 MiB.
    ///
    /// Choose it well above the high-water mark: when the mark is reached, input that was read before is still on its
    /// way to the session, which may answer it.
    #[must_use]
    pub const fn hard_limit(mut self, bytes: usize) -> Self {
        self.options.hard_limit = bytes;
        self
    }

    /// Whether the system sends small pieces without delay (`TCP_NODELAY`). The default is `true`.
    #[must_use]
    pub const fn no_delay(mut self, no_delay: bool) -> Self {
        self.options.no_delay = no_delay;
        self
    }

    /// Turns on TCP keep-alive: a connection is lost when its peer has been silent for this time. The default is off,
    /// and a vanished peer may then never be noticed.
    ///
    /// The system sends keep-alive probes to a silent peer, up to three. A peer that answers none of them by the end of
    /// the time is lost. The time is in whole seconds, rounded down. Below 2 s it is 2 s, and above 32,767 s it is
    /// 32,767 s.
    ///
    /// On Linux and Android the same time limits unacknowledged data (`TCP_USER_TIMEOUT`): a peer that answers the
    /// probes, but accepts none of the bytes queued for it during this time, is lost too. Other systems have their own
    /// time limit for such data. FreeBSD and macOS use the interval and the number of probes as computed from the
    /// time. All further systems use it for the first probe only.
    #[must_use]
    pub const fn keep_alive(mut self, silence: Duration) -> Self {
        self.options.keep_alive = Some(silence);
        self
    }

    /// How long a connection without sessions, once all its bytes are sent, waits for the peer to close its side too.
    /// The default is 2 s.
    #[must_use]
    pub const fn linger(mut self, time: Duration) -> Self {
        self.options.linger = time;
        self
    }

    /// How long a connection without sessions waits for the peer to accept some more of the bytes that are still
    /// queued. The default is 60 s. The time begins again with each accepted piece. When it is over, the connection
    /// is reset.
    #[must_use]
    pub const fn stall_timeout(mut self, time: Duration) -> Self {
        self.options.stall_timeout = time;
        self
    }

    /// How long an inbound connection may wait for its first session. If no process becomes a participant of it within
    /// this time, it is closed. The default is 30 s.
    #[must_use]
    pub const fn unclaimed_timeout(mut self, time: Duration) -> Self {
        self.options.unclaimed_timeout = time;
        self
    }

    /// The time-out for opening an outbound connection: the look-up of the name and all attempts together. The default
    /// is 60 s.
    ///
    /// The addresses of a name are tried as RFC 8305 describes: a further attempt starts 250 ms after the one before,
    /// or as soon as that one fails, and the first connection that is opened is used.
    #[must_use]
    pub const fn connect_timeout(mut self, time: Duration) -> Self {
        self.options.connect_timeout = time;
        self
    }
}

impl Default for TcpDriver {
    fn default() -> Self {
        Self::new()
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            bind_address: Ipv6Addr::UNSPECIFIED.into(),
            backlog: 1024,
            shared_port: None,
            max_connections: usize::MAX,
            max_connections_per_address: usize::MAX,
            high_water_mark: 256 * 1024,
            low_water_mark: 64 * 1024,
            hard_limit: 16 * 1024 * 1024,
            no_delay: true,
            keep_alive: None,
            linger: Duration::from_secs(2),
            stall_timeout: Duration::from_secs(60),
            unclaimed_timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(60),
        }
    }
}
