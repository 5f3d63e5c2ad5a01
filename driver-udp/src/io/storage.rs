//! Conversion of addresses from the form that the system calls use.

use std::net::{SocketAddr, SocketAddrV4, SocketAddrV6};

use nix::sys::socket::SockaddrStorage;

/// The address of a UDP socket.
pub(super) fn address(address: &SockaddrStorage) -> Option<SocketAddr> {
    let v4 = address.as_sockaddr_in().map(|v4| SocketAddrV4::from(*v4).into());
    v4.or_else(|| address.as_sockaddr_in6().map(|v6| SocketAddrV6::from(*v6).into()))
}
