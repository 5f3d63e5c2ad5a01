//! The driver's options.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use crate::counters::TcpCounters;
use crate::shared_port::SharedPort;

/// The TCP driver's options.
///
/// Sizes are in bytes. Each connection has a queue of what is to be sent; its marks and its limit bound what
/// a slow reader costs.
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
///     .take_timeout(Duration::from_secs(5));
/// let counters = driver.counters();
/// # let _ = (driver.spawn(), counters.open());
/// ```
#[derive(Clone, Debug)]
pub struct TcpDriver {
    pub(crate) options: Options,
    pub(crate) counters: Arc<TcpCounters>,
}

/// What the driver's process and sockets go by.
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
    pub(crate) take_timeout: Duration,
    pub(crate) connect_timeout: Duration,
}

impl TcpDriver {
    /// The options as they are by default.
    #[must_use]
    pub fn new() -> Self {
        Self { options: Options::default(), counters: Arc::default() }
    }

    /// What the driver counts, readable at any time from any thread.
    #[must_use]
    pub fn counters(&self) -> Arc<TcpCounters> {
        Arc::clone(&self.counters)
    }

    /// The local address that listeners are bound to. By default all of the machine's, of IPv6 and IPv4
    /// both; of IPv4 alone where the machine has no IPv6.
    #[must_use]
    pub fn bind_address(mut self, address: impl Into<IpAddr>) -> Self {
        self.options.bind_address = address.into();
        self
    }

    /// How many connections may wait in the system to be accepted; 1,024 by default.
    #[must_use]
    pub const fn backlog(mut self, connections: u16) -> Self {
        self.options.backlog = connections;
        self
    }

    /// Whether listeners share their port with others (`SO_REUSEPORT`), as the grounds of one program do; not by default.
    ///
    /// All who bind the port must ask for it. Drivers that are made of clones of this builder share a port 0 too: all of
    /// them have the one that the kernel picks for the first. Each has limits of its own; the counters are of all.
    ///
    /// On Linux the kernel deals the connections out by a hash of both ends' addresses and ports. So the shares are equal
    /// only where there are many connections, and it looks neither at who is busy nor at who is slow. It lets only
    /// processes of one user share a port, but any of that user's, which then get a part of the connections. On the BSDs
    /// and macOS several can bind the port, but one of them may get all connections. Where the system has no such
    /// option, as on Solaris and illumos, the port cannot be bound, which is a [`TcpError`](crate::TcpError).
    ///
    /// When a listener closes, connections that wait in its backlog are reset, and not handed to the others.
    #[must_use]
    pub fn share_port(mut self, share: bool) -> Self {
        self.options.shared_port = share.then(SharedPort::default);
        self
    }

    /// The most inbound connections there may be; further ones are closed at once. Unlimited by default.
    #[must_use]
    pub const fn max_connections(mut self, connections: usize) -> Self {
        self.options.max_connections = connections;
        self
    }

    /// The most inbound connections there may be from one address; further ones are closed at once.
    /// Unlimited by default.
    #[must_use]
    pub const fn max_connections_per_address(mut self, connections: usize) -> Self {
        self.options.max_connections_per_address = connections;
        self
    }

    /// Above how many queued bytes a session is told that its connection is full, and the connection no longer
    /// read if no session hears that; 256 KiB by default.
    #[must_use]
    pub const fn high_water_mark(mut self, bytes: usize) -> Self {
        self.options.high_water_mark = bytes;
        self
    }

    /// At how many queued bytes it goes on; 64 KiB by default. Where it is above the high-water mark, that
    /// one counts.
    #[must_use]
    pub const fn low_water_mark(mut self, bytes: usize) -> Self {
        self.options.low_water_mark = bytes;
        self
    }

    /// Above how many queued bytes a connection ends, because its session goes on although it is full; 16 MiB
    /// by default. To be well above the high-water mark: what was read before the mark was reached is still
    /// on its way.
    #[must_use]
    pub const fn hard_limit(mut self, bytes: usize) -> Self {
        self.options.hard_limit = bytes;
        self
    }

    /// Whether small pieces are sent at once (`TCP_NODELAY`); so it is by default.
    #[must_use]
    pub const fn no_delay(mut self, no_delay: bool) -> Self {
        self.options.no_delay = no_delay;
        self
    }

    /// Within what time silence is an absence: a peer that has vanished without a word is asked whether it is
    /// still there, and its connection is lost when it has not answered by then, also while something is queued
    /// for it. In whole seconds, rounded down; what is below 2 s or above 32,767 s is taken for the nearest. Never
    /// by default, when a system may take hours to notice.
    ///
    /// On Linux a peer that answers is lost too, when for so long it has taken nothing of what is queued for it. Other
    /// systems have times of their own for what is queued, and those but Android, FreeBSD and macOS for all but the
    /// first time that the peer is asked.
    #[must_use]
    pub const fn keep_alive(mut self, silence: Duration) -> Self {
        self.options.keep_alive = Some(silence);
        self
    }

    /// How long a connection that is done with waits for the peer to be done too; 2 s by default.
    #[must_use]
    pub const fn linger(mut self, time: Duration) -> Self {
        self.options.linger = time;
        self
    }

    /// How long a connection that is done with waits for the peer to take some more of what is still to be
    /// sent; 60 s by default.
    #[must_use]
    pub const fn stall_timeout(mut self, time: Duration) -> Self {
        self.options.stall_timeout = time;
        self
    }

    /// After how long an inbound connection that no session takes is closed; 30 s by default.
    #[must_use]
    pub const fn take_timeout(mut self, time: Duration) -> Self {
        self.options.take_timeout = time;
        self
    }

    /// How long a look-up and the attempts to connect may take in all; 60 s by default. A name's addresses are
    /// tried one after another, the next 250 ms after the last or as soon as it has failed, and the first that
    /// connects is taken (RFC 8305).
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
            take_timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(60),
        }
    }
}
