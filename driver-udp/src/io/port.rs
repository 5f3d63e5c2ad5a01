//! A bound socket, and single packets from and to it.

use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, UdpSocket};
use std::task::{Context, Poll};

use super::packet_info;
use super::refusal;
use super::runtime::Async;
use crate::address::UdpAddress;
use crate::host::OwnAddress;
use crate::shared_port::Picked;

/// A bound socket, until it is dropped.
pub(super) struct Port {
    socket: Async<UdpSocket>,
    /// What it is bound to.
    local: SocketAddr,
    /// By which others that share the port know which it is, if the kernel has picked it. Goes after the socket.
    _picked: Option<Picked>,
}

impl Port {
    pub(super) fn new(socket: UdpSocket, picked: Option<Picked>) -> io::Result<Self> {
        refusal::enable(&socket)?;
        let local = canonical(socket.local_addr()?);
        Ok(Self { socket: Async::new(socket)?, local, _picked: picked })
    }

    /// What the kernel has bound it to.
    pub(super) const fn address(&self) -> SocketAddr {
        self.local
    }

    /// Receives a packet: its length, and where it comes from.
    pub(super) fn receive(&self, buffer: &mut [u8]) -> io::Result<(usize, UdpAddress)> {
        let socket = self.socket.get_ref();
        let (length, from, asked) = if self.is_bound_to_all() {
            packet_info::receive(socket, buffer)?
        } else {
            let (length, from) = socket.recv_from(buffer)?;
            (length, from, None)
        };
        Ok((length, UdpAddress::of_sender(from, asked)))
    }

    /// Sends a packet; from the address that the other side has asked, if the socket is bound to all.
    pub(super) fn send(&self, body: &[u8], to: SocketAddr, asked: Option<OwnAddress>) -> io::Result<usize> {
        let socket = self.socket.get_ref();
        let asked = asked.filter(|own| self.is_bound_to_all() && own.ip.is_ipv4() == to.is_ipv4());
        let to = self.native(to);
        match asked {
            Some(from) => packet_info::send(socket, body, to, from),
            None => socket.send_to(body, to),
        }
    }

    /// The next refusal: where the packet was to go, and why it did not get there.
    pub(super) fn next_refusal(&self) -> Option<(UdpAddress, io::Error)> {
        let (remote, error) = refusal::next(self.socket.get_ref())?;
        Some((remote.into(), error))
    }

    /// Whether it can send to an address of this kind.
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

    /// A socket for both has an IPv4 address as one of IPv6.
    const fn native(&self, address: SocketAddr) -> SocketAddr {
        match address {
            SocketAddr::V4(v4) if self.local.is_ipv6() => {
                SocketAddr::new(IpAddr::V6(v4.ip().to_ipv6_mapped()), v4.port())
            }
            address => address,
        }
    }
}

/// An IPv4 address as such, also where a socket for both has it as one of IPv6.
fn canonical(address: SocketAddr) -> SocketAddr {
    match address.ip().to_canonical() {
        ip @ IpAddr::V4(_) => SocketAddr::new(ip, address.port()),
        // With its scope.
        IpAddr::V6(_) => address,
    }
}
