//! A bound socket, which sends and receives single packets.

use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, UdpSocket};
use std::task::{Context, Poll};

use super::packet_info;
use super::refusal;
use super::runtime::Async;
use crate::address::UdpAddress;
use crate::host::LocalAddress;
use crate::shared_port::Picked;

/// A bound socket. It closes when it is dropped.
pub(super) struct Port {
    socket: Async<UdpSocket>,
    /// The address that it is bound to.
    local: SocketAddr,
    /// Keeps a shared port that the kernel picked in use. It must be dropped after the socket.
    _picked: Option<Picked>,
}

impl Port {
    pub(super) fn new(socket: UdpSocket, picked: Option<Picked>) -> io::Result<Self> {
        refusal::enable(&socket)?;
        let local = canonical(socket.local_addr()?);
        Ok(Self { socket: Async::new(socket)?, local, _picked: picked })
    }

    /// The address that the socket is bound to.
    pub(super) const fn address(&self) -> SocketAddr {
        self.local
    }

    /// Receives a packet. Returns its length and its sender.
    pub(super) fn receive(&self, buffer: &mut [u8]) -> io::Result<(usize, UdpAddress)> {
        let socket = self.socket.get_ref();
        let (length, from, reply_from) = if self.is_bound_to_all() {
            packet_info::receive(socket, buffer)?
        } else {
            let (length, from) = socket.recv_from(buffer)?;
            (length, from, None)
        };
        Ok((length, UdpAddress::of_sender(from, reply_from)))
    }

    /// Sends a packet. If the socket is bound to all addresses, the packet is sent from the address `reply_from`.
    pub(super) fn send(
        &self,
        body: &[u8],
        to: SocketAddr,
        reply_from: Option<LocalAddress>,
    ) -> io::Result<usize> {
        let socket = self.socket.get_ref();
        let reply_from = reply_from.filter(|own| self.is_bound_to_all() && own.ip.is_ipv4() == to.is_ipv4());
        let to = self.native(to);
        match reply_from {
            Some(from) => packet_info::send(socket, body, to, from),
            None => socket.send_to(body, to),
        }
    }

    /// The next refusal: the destination of the packet, and the error.
    pub(super) fn next_refusal(&self) -> Option<(UdpAddress, io::Error)> {
        let (remote, error) = refusal::next(self.socket.get_ref())?;
        Some((remote.into(), error))
    }

    /// Whether the socket can send to addresses of this family.
    pub(super) fn reaches(&self, address: &SocketAddr) -> bool {
        self.local.ip() == Ipv6Addr::UNSPECIFIED || self.local.is_ipv6() == address.is_ipv6()
    }

    pub(super) fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket.poll_readable(cx)
    }

    pub(super) fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket.poll_writable(cx)
    }

    const fn is_bound_to_all(&self) -> bool {
        self.local.ip().is_unspecified()
    }

    /// Converts an IPv4 address to an IPv4-mapped IPv6 address, as a socket for both families needs it.
    const fn native(&self, address: SocketAddr) -> SocketAddr {
        match address {
            SocketAddr::V4(v4) if self.local.is_ipv6() => {
                SocketAddr::new(IpAddr::V6(v4.ip().to_ipv6_mapped()), v4.port())
            }
            address => address,
        }
    }
}

/// Converts an IPv4-mapped IPv6 address, as a socket for both families reports it, to the IPv4 address.
fn canonical(address: SocketAddr) -> SocketAddr {
    match address.ip().to_canonical() {
        ip @ IpAddr::V4(_) => SocketAddr::new(ip, address.port()),
        // Unchanged, so that it keeps its scope.
        IpAddr::V6(_) => address,
    }
}
