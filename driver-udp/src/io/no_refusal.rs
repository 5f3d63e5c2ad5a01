//! Packets that the network has refused: of these errors a system without a queue for them tells, if at all,
//! by the next call, and not to whom the packet was.

use std::io;
use std::net::{SocketAddr, UdpSocket};

/// There is nothing to prepare.
pub(super) fn enable(_: &UdpSocket) -> io::Result<()> {
    Ok(())
}

/// The next refusal: there is never one.
pub(super) fn next(_: &UdpSocket) -> Option<(SocketAddr, io::Error)> {
    None
}
