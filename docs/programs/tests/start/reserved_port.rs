//! A port for a program that cannot be told port 0.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Context as _;
use socket2::{Domain, Socket, Type};

/// A port that the kernel has picked. While this is kept, the kernel gives it to no one who does not ask for it by its
/// number.
pub(crate) struct ReservedPort {
    pub(crate) number: u16,
    /// Bound, and not listening: so another socket that may reuse the address can listen there.
    _socket: Socket,
}

impl ReservedPort {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.set_reuse_address(true)?;
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
        let address = socket.local_addr()?.as_socket().context("not an address of the internet")?;
        Ok(Self { number: address.port(), _socket: socket })
    }
}
