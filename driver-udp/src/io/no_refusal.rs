//! The counterpart of `refusal.rs` for systems other than Linux. They have no queue of refusals: a later call on the
//! socket may fail with such an error, but the error does not contain the destination of the refused packet.

use std::io;
use std::net::{SocketAddr, UdpSocket};

/// Does nothing on this system.
pub(super) fn enable(_: &UdpSocket) -> io::Result<()> {
    Ok(())
}

/// The next refusal. Always `None` on this system.
pub(super) fn next(_: &UdpSocket) -> Option<(SocketAddr, io::Error)> {
    None
}
