//! Binding sockets.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use socket2::{Domain, Protocol, Socket, Type};

use super::packet_info;
use super::port::Port;
use crate::address::UdpAddress;
use crate::options::{Group, Options};
use crate::shared_port::Bound;

/// Binds the socket of a local address, and joins the multicast groups if it is a listener.
pub(super) fn bind(local: &UdpAddress, options: &Options) -> io::Result<Port> {
    let UdpAddress::Listener { port } = local else {
        return Port::new(bind_any(0, Sharing::No, options)?.0, None);
    };
    let ((socket, _), picked) = match &options.shared_port {
        None => (bind_any(*port, Sharing::No, options)?, None),
        Some(shared) if *port == 0 => {
            let (bound, picked) = shared.pick(|port| bind_any(port, Sharing::Yes, options))?;
            (bound, Some(picked))
        }
        Some(_) => (bind_any(*port, Sharing::Yes, options)?, None),
    };
    for group in &options.groups {
        match group {
            Group::V4(group, interface) => socket.join_multicast_v4(group, interface)?,
            Group::V6(group, interface) => socket.join_multicast_v6(group, *interface)?,
        }
    }
    Port::new(socket, picked)
}

/// Whether other sockets may bind the same port.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sharing {
    Yes,
    No,
}

/// Binds a socket, and returns the address that it is bound to.
fn bind_any(port: u16, sharing: Sharing, options: &Options) -> io::Result<Bound<UdpSocket>> {
    let socket = match bind_to(options.bind_address, port, sharing, options) {
        // On a machine without IPv6, bind to IPv4 only.
        Err(error)
            if options.bind_address == Ipv6Addr::UNSPECIFIED && error.kind() != io::ErrorKind::AddrInUse =>
        {
            bind_to(Ipv4Addr::UNSPECIFIED.into(), port, sharing, options)?
        }
        bound => bound?,
    };
    let address = socket.local_addr()?;
    Ok((socket, address))
}

fn bind_to(address: IpAddr, port: u16, sharing: Sharing, options: &Options) -> io::Result<UdpSocket> {
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
    if sharing == Sharing::Yes && port != 0 {
        share_port(&socket)?;
    }
    socket.bind(&address.into())?;
    if sharing == Sharing::Yes && port == 0 {
        // Set after `bind`, because otherwise Linux may pick a port that another program of this user shares.
        share_port(&socket)?;
    }
    Ok(socket.into())
}

#[cfg(all(unix, not(any(target_os = "solaris", target_os = "illumos", target_os = "cygwin"))))]
fn share_port(socket: &Socket) -> io::Result<()> {
    socket.set_reuse_port(true)
}

#[cfg(not(all(unix, not(any(target_os = "solaris", target_os = "illumos", target_os = "cygwin")))))]
fn share_port(_: &Socket) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "this system cannot share a port (SO_REUSEPORT)"))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_socket_has_the_requested_buffers() -> io::Result<()> {
        let (receive, send) = (32 * 1024, 16 * 1024);
        let options = Options { receive_buffer: receive, send_buffer: Some(send), ..Options::default() };
        let socket = Socket::from(bind_to(Ipv4Addr::LOCALHOST.into(), 0, Sharing::No, &options)?);
        // Linux doubles the requested size, for its own bookkeeping.
        assert!((receive..=2 * receive).contains(&socket.recv_buffer_size()?));
        assert!((send..=2 * send).contains(&socket.send_buffer_size()?));
        Ok(())
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_port_that_the_kernel_picks_is_not_one_that_another_program_shares() -> io::Result<()> {
        // With this number of sockets, setting the option before `bind` would probably pick one of their ports again.
        let options = Options { receive_buffer: 4096, ..Options::default() };
        let pick = || bind_to(Ipv4Addr::LOCALHOST.into(), 0, Sharing::Yes, &options);
        let sockets = (0..300).map(|_| pick()).collect::<io::Result<Vec<_>>>()?;
        let ports = sockets.iter().map(UdpSocket::local_addr).collect::<io::Result<HashSet<_>>>()?;
        assert_eq!(ports.len(), sockets.len());
        Ok(())
    }
}
