//! To which of this machine's addresses a packet was sent: on this system that is not asked for, and answers leave
//! from the address that the system picks.

use std::io;
use std::net::{SocketAddr, UdpSocket};

use socket2::Socket;

use crate::host::OwnAddress;

/// There is nothing to prepare.
pub(super) fn enable(_: &Socket, _: bool) -> io::Result<()> {
    Ok(())
}

/// Receives a packet: its length, and where it comes from.
pub(super) fn receive(
    socket: &UdpSocket,
    buffer: &mut [u8],
) -> io::Result<(usize, SocketAddr, Option<OwnAddress>)> {
    let (length, from) = socket.recv_from(buffer)?;
    Ok((length, from, None))
}

/// Sends a packet.
pub(super) fn send(socket: &UdpSocket, body: &[u8], to: SocketAddr, _: OwnAddress) -> io::Result<usize> {
    socket.send_to(body, to)
}
