//! The counterpart of `packet_info.rs` for systems other than Linux: the driver does not learn to which local address a
//! packet was sent, and the system picks the address from which an answer is sent.

use std::io;
use std::net::{SocketAddr, UdpSocket};

use socket2::Socket;

use crate::host::LocalAddress;

/// Does nothing on this system.
pub(super) fn enable(_: &Socket, _: bool) -> io::Result<()> {
    Ok(())
}

/// Receives a packet. Returns its length, its sender, and no local address.
pub(super) fn receive(
    socket: &UdpSocket,
    buffer: &mut [u8],
) -> io::Result<(usize, SocketAddr, Option<LocalAddress>)> {
    let (length, from) = socket.recv_from(buffer)?;
    Ok((length, from, None))
}

/// Sends a packet from the address that the system picks.
pub(super) fn send(socket: &UdpSocket, body: &[u8], to: SocketAddr, _: LocalAddress) -> io::Result<usize> {
    socket.send_to(body, to)
}
