//! The driver's options, and their defaults.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::shared_port::SharedPort;

/// A builder for the UDP driver with other options than the defaults of [`udp_driver`](crate::udp_driver). Sizes are in
/// bytes.
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

/// The values of the options.
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

/// A multicast group that listeners join, and the interface on which they join it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Group {
    V4(Ipv4Addr, Ipv4Addr),
    V6(Ipv6Addr, u32),
}

impl UdpDriver {
    /// A driver with the default options.
    #[must_use]
    pub fn new() -> Self {
        Self(Options::default())
    }

    /// The local IP address that sockets are bound to. The default is all addresses of the machine, of both IPv6 and
    /// IPv4, or all of IPv4 if the machine has no IPv6. On Linux, a socket that is bound to all addresses sends an
    /// answer from the address that received the question.
    #[must_use]
    pub fn bind_address(mut self, address: impl Into<IpAddr>) -> Self {
        self.0.bind_address = address.into();
        self
    }

    /// The size of a socket's receive buffer in the system (`SO_RCVBUF`). When it is full, the system drops packets.
    /// The default is 1 MiB. The system may limit the size.
    #[must_use]
    pub const fn receive_buffer(mut self, bytes: usize) -> Self {
        self.0.receive_buffer = bytes;
        self
    }

    /// The size of a socket's send buffer in the system (`SO_SNDBUF`). The default is the system's.
    #[must_use]
    pub const fn send_buffer(mut self, bytes: usize) -> Self {
        self.0.send_buffer = Some(bytes);
        self
    }

    /// The size of a socket's send queue in the driver, in which each packet counts for its body plus 128 bytes. When
    /// it is full, the driver drops further packets, and sends a [`UdpError`](crate::UdpError) for each. The default
    /// is 1 MiB.
    #[must_use]
    pub const fn queue_limit(mut self, bytes: usize) -> Self {
        self.0.queue_limit = bytes;
        self
    }

    /// Whether packets may be sent to broadcast addresses (`SO_BROADCAST`). The default is `false`.
    #[must_use]
    pub const fn broadcast(mut self, broadcast: bool) -> Self {
        self.0.broadcast = broadcast;
        self
    }

    /// Whether several programs may listen on one port (`SO_REUSEADDR`), for example for multicast. The default is
    /// `false`.
    #[must_use]
    pub const fn reuse_address(mut self, reuse_address: bool) -> Self {
        self.0.reuse_address = reuse_address;
        self
    }

    /// Whether listeners share their port with other sockets (`SO_REUSEPORT`). Use it to listen on one port from
    /// several grounds. The default is `false`. The port of a handle is never shared.
    ///
    /// Every socket that is bound to the port must have this option. Drivers made from clones of one builder share port
    /// 0 too: all of them bind the port that the kernel picked for the first.
    ///
    /// On Linux the kernel distributes the packets by a hash of both ends' addresses and ports. All packets from one
    /// remote socket are given to the same socket here, until a socket that shares the port is opened or closed. The
    /// load of each ground has no influence. Only processes of the same user can share a port, but any process of that
    /// user can, and then receives a part of the packets. On the BSDs and macOS several sockets can bind the port, but
    /// one of them may get all packets. On systems without the option, such as Windows, the port cannot be bound, and
    /// the driver sends a [`UdpError`](crate::UdpError). (The option `SO_REUSEADDR` of Windows is not used instead,
    /// because it would let any program take over the port.)
    ///
    /// When a socket closes, packets that it has not received are lost. The kernel does not give them to the others.
    #[must_use]
    pub fn share_port(mut self, share: bool) -> Self {
        self.0.shared_port = share.then(SharedPort::default);
        self
    }

    /// Makes all listeners join an IPv4 multicast group, on the interface with the address `interface`. If that is the
    /// unspecified address, the system picks an interface. Call it once for each group.
    #[must_use]
    pub fn join_v4(mut self, group: Ipv4Addr, interface: Ipv4Addr) -> Self {
        self.0.groups.push(Group::V4(group, interface));
        self
    }

    /// Makes all listeners join an IPv6 multicast group, on the interface with the index `interface`. If that is 0, the
    /// system picks an interface. Call it once for each group.
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
