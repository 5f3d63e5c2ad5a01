//! The driver's options.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::shared_port::SharedPort;

/// The UDP driver's options. Sizes are in bytes.
///
/// # Examples
///
/// ```
/// use std::net::Ipv4Addr;
///
/// use driver_udp::UdpDriver;
///
/// let driver = UdpDriver::new()
///     .bind_address(Ipv4Addr::UNSPECIFIED)
///     .receive_buffer(4 * 1024 * 1024)
///     .reuse_address(true)
///     .join_v4(Ipv4Addr::new(239, 255, 0, 1), Ipv4Addr::UNSPECIFIED);
/// # let _ = driver.spawn();
/// ```
#[derive(Clone, Debug)]
pub struct UdpDriver(pub(crate) Options);

/// What the driver's processes and sockets go by.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) bind_address: IpAddr,
    pub(crate) receive_buffer: usize,
    pub(crate) send_buffer: Option<usize>,
    pub(crate) queue_limit: usize,
    pub(crate) broadcast: bool,
    pub(crate) reuse_address: bool,
    pub(crate) shared_port: Option<SharedPort>,
    pub(crate) groups: Vec<Group>,
}

/// A multicast group that listeners join, and the interface they join it on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Group {
    V4(Ipv4Addr, Ipv4Addr),
    V6(Ipv6Addr, u32),
}

impl UdpDriver {
    /// The options as they are by default.
    #[must_use]
    pub fn new() -> Self {
        Self(Options::default())
    }

    /// The local address that sockets are bound to. By default all of the machine's, of IPv6 and IPv4 both;
    /// of IPv4 alone where the machine has no IPv6. On Linux an answer then leaves from the one that was asked.
    #[must_use]
    pub fn bind_address(mut self, address: impl Into<IpAddr>) -> Self {
        self.0.bind_address = address.into();
        self
    }

    /// How much may wait in the system to be received by a socket, as the system counts it; beyond that it
    /// drops packets. 1 MiB by default, or as much as the system grants.
    #[must_use]
    pub const fn receive_buffer(mut self, bytes: usize) -> Self {
        self.0.receive_buffer = bytes;
        self
    }

    /// How much may wait in the system to be sent from a socket; as the system has it by default.
    #[must_use]
    pub const fn send_buffer(mut self, bytes: usize) -> Self {
        self.0.send_buffer = Some(bytes);
        self
    }

    /// How much may wait in the driver to be sent from a socket, each packet's overhead of 128 bytes
    /// included; beyond that it drops packets, each with a [`UdpError`](crate::UdpError). 1 MiB by default.
    #[must_use]
    pub const fn queue_limit(mut self, bytes: usize) -> Self {
        self.0.queue_limit = bytes;
        self
    }

    /// Whether packets may be sent to broadcast addresses; not by default.
    #[must_use]
    pub const fn broadcast(mut self, broadcast: bool) -> Self {
        self.0.broadcast = broadcast;
        self
    }

    /// Whether several programs may listen on one port (`SO_REUSEADDR`), as for multicast; not by default.
    #[must_use]
    pub const fn reuse_address(mut self, reuse_address: bool) -> Self {
        self.0.reuse_address = reuse_address;
        self
    }

    /// Whether listeners share their port with others (`SO_REUSEPORT`), as the grounds of one program do; not by default.
    /// Handles have ports of their own in any case.
    ///
    /// All who bind the port must ask for it. Drivers that are made of clones of this builder share a port 0 too: all of
    /// them have the one that the kernel picks for the first.
    ///
    /// On Linux the kernel deals the packets out by a hash of both ends' addresses and ports: what comes from one remote
    /// socket goes to one of the sharers, until one comes or goes. It looks neither at who is busy nor at who is slow. It
    /// lets only processes of one user share a port, but any of that user's, which then get a part of the packets. On
    /// the BSDs and macOS several can bind the port, but one of them may get all packets. Where the system has no such
    /// option, as on Windows, the port cannot be bound, which is a [`UdpError`](crate::UdpError): what Windows calls
    /// `SO_REUSEADDR` would let anybody take the port over.
    ///
    /// When a socket closes, packets that it has not received are lost, and not handed to the others.
    #[must_use]
    pub fn share_port(mut self, share: bool) -> Self {
        self.0.shared_port = share.then(SharedPort::default);
        self
    }

    /// Has listeners join a multicast group of IPv4, on the interface with the address `interface`; on one
    /// that the system picks, if that is unspecified.
    #[must_use]
    pub fn join_v4(mut self, group: Ipv4Addr, interface: Ipv4Addr) -> Self {
        self.0.groups.push(Group::V4(group, interface));
        self
    }

    /// Has listeners join a multicast group of IPv6, on the interface of the index `interface`; on one that
    /// the system picks, if that is 0.
    #[must_use]
    pub fn join_v6(mut self, group: Ipv6Addr, interface: u32) -> Self {
        self.0.groups.push(Group::V6(group, interface));
        self
    }
}

impl Default for UdpDriver {
    fn default() -> Self {
        Self::new()
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            bind_address: Ipv6Addr::UNSPECIFIED.into(),
            receive_buffer: 1024 * 1024,
            send_buffer: None,
            queue_limit: 1024 * 1024,
            broadcast: false,
            reuse_address: false,
            shared_port: None,
            groups: Vec::new(),
        }
    }
}
