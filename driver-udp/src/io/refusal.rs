//! Refusals: ICMP errors for packets that were sent. Linux keeps them in the error queue of the socket.

use std::io::{self, IoSliceMut};
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;

use nix::cmsg_space;
use nix::sys::socket::sockopt::{Ipv4RecvErr, Ipv6RecvErr};
use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt};

use super::storage;

/// The origin of errors that the call which caused them has already returned (`SO_EE_ORIGIN_LOCAL`).
const LOCAL: u8 = 1;

/// Turns on the error queue. Without it, Linux does not report these errors to a socket that is not connected.
pub(super) fn enable(socket: &UdpSocket) -> io::Result<()> {
    setsockopt(socket, Ipv4RecvErr, &true)?;
    if socket.local_addr()?.is_ipv6() {
        setsockopt(socket, Ipv6RecvErr, &true)?;
    }
    Ok(())
}

/// The next refusal: the destination of the packet, and the error.
pub(super) fn next(socket: &UdpSocket) -> Option<(SocketAddr, io::Error)> {
    loop {
        let mut ancillary = cmsg_space!([u8; 256]);
        let mut body = [IoSliceMut::new(&mut [])];
        let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
        let message =
            recvmsg::<SockaddrStorage>(socket.as_raw_fd(), &mut body, Some(&mut ancillary), flags).ok()?;
        let error = message.cmsgs().ok()?.find_map(|ancillary| match ancillary {
            ControlMessageOwned::Ipv4RecvErr(error, _) | ControlMessageOwned::Ipv6RecvErr(error, _) => {
                Some(error)
            }
            _ => None,
        });
        if let Some(error) = error.filter(|error| error.ee_origin != LOCAL)
            && let Some(address) = message.address.as_ref().and_then(storage::address)
        {
            return Some((address, io::Error::from_raw_os_error(error.ee_errno.cast_signed())));
        }
    }
}
