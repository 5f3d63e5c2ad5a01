//! Binding sockets.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use socket2::{Domain, Protocol, Socket, Type};

use super::packet_info;
use super::port::Port;
use crate::address::UdpAddress;
use crate::options::{Group, Options};

/// Binds the socket of a local address.
pub(super) fn bind(local: &UdpAddress, options: &Options) -> io::Result<Port> {
    let (port, groups) = match local {
        UdpAddress::Listener { port } => (*port, &options.groups[..]),
        _ => (0, &[][..]),
    };
    let socket = match bind_to(options.bind_address, port, options) {
        // A machine without IPv6 still has IPv4.
        Err(error)
            if options.bind_address == Ipv6Addr::UNSPECIFIED && error.kind() != io::ErrorKind::AddrInUse =>
        {
            bind_to(Ipv4Addr::UNSPECIFIED.into(), port, options)?
        }
        bound => bound?,
    };
    for group in groups {
        match group {
            Group::V4(group, interface) => socket.join_multicast_v4(group, interface)?,
            Group::V6(group, interface) => socket.join_multicast_v6(group, *interface)?,
        }
    }
    Port::new(socket)
}

fn bind_to(address: IpAddr, port: u16, options: &Options) -> io::Result<UdpSocket> {
    let address = SocketAddr::new(address, port);
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_recv_buffer_size(options.receive_buffer)?;
    if let Some(bytes) = options.send_buffer {
        socket.set_send_buffer_size(bytes)?;
    }
    socket.set_broadcast(options.broadcast)?;
    socket.set_reuse_address(options.reuse_address)?;
    if address.ip() == Ipv6Addr::UNSPECIFIED {
        socket.set_only_v6(false)?;
    }
    if address.ip().is_unspecified() {
        packet_info::enable(&socket, address.is_ipv6())?;
    }
    socket.bind(&address.into())?;
    Ok(socket.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_has_the_buffers_that_were_asked_for() -> io::Result<()> {
        let (receive, send) = (32 * 1024, 16 * 1024);
        let options = Options { receive_buffer: receive, send_buffer: Some(send), ..Options::default() };
        let socket = Socket::from(bind_to(Ipv4Addr::LOCALHOST.into(), 0, &options)?);
        // Linux counts what it needs for itself in, as much again.
        assert!((receive..=2 * receive).contains(&socket.recv_buffer_size()?));
        assert!((send..=2 * send).contains(&socket.send_buffer_size()?));
        Ok(())
    }
}
