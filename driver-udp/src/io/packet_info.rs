//! To which of this machine's addresses a packet was sent, and how one is sent from there: Linux tells it, and is
//! told it, beside each packet.

use std::cell::RefCell;
use std::io::{self, IoSlice, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;

use nix::cmsg_space;
use nix::libc::{in_addr, in_pktinfo, in6_addr, in6_pktinfo};
use nix::sys::socket::sockopt::{Ipv4PacketInfo, Ipv6RecvPacketInfo};
use nix::sys::socket::{
    ControlMessage, ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, sendmsg, setsockopt,
};
use socket2::Socket;

use super::storage;
use crate::host::OwnAddress;

thread_local! {
    /// Where that is received to, for all sockets: of an IPv4 packet a socket for both families tells it twice.
    static ANCILLARY: RefCell<Vec<u8>> = RefCell::new(cmsg_space!(in_pktinfo, in6_pktinfo));
}

/// Has it told of a socket that is not bound yet, so that it is told of the first packet too.
pub(super) fn enable(socket: &Socket, is_ipv6: bool) -> io::Result<()> {
    setsockopt(socket, Ipv4PacketInfo, &true)?;
    if is_ipv6 {
        setsockopt(socket, Ipv6RecvPacketInfo, &true)?;
    }
    Ok(())
}

/// Receives a packet: its length, where it comes from, and from where an answer is to leave.
pub(super) fn receive(
    socket: &UdpSocket,
    buffer: &mut [u8],
) -> io::Result<(usize, SocketAddr, Option<OwnAddress>)> {
    ANCILLARY.with_borrow_mut(|ancillary| {
        let mut body = [IoSliceMut::new(buffer)];
        let (socket, flags) = (socket.as_raw_fd(), MsgFlags::empty());
        let message = recvmsg::<SockaddrStorage>(socket, &mut body, Some(ancillary), flags)?;
        let from = message.address.as_ref().and_then(storage::address);
        let from = from.ok_or_else(|| io::Error::other("a packet without a sender"))?;
        let asked = message.cmsgs().ok().and_then(asked);
        Ok((message.bytes, from, asked))
    })
}

fn asked(mut told: impl Iterator<Item = ControlMessageOwned>) -> Option<OwnAddress> {
    let mut of_v6 = None;
    loop {
        match told.next() {
            // Of what was sent to a group or to all, this is the address of the interface that it came to.
            Some(ControlMessageOwned::Ipv4PacketInfo(info)) => {
                let ip = Ipv4Addr::from(info.ipi_spec_dst.s_addr.to_ne_bytes());
                return (!ip.is_unspecified()).then_some(OwnAddress { ip: ip.into(), interface: 0 });
            }
            Some(ControlMessageOwned::Ipv6PacketInfo(info)) => of_v6 = Some(info),
            Some(_) => {}
            None => return of_v6.and_then(asked_v6),
        }
    }
}

/// Nothing leaves from a group's address.
fn asked_v6(info: in6_pktinfo) -> Option<OwnAddress> {
    let ip = Ipv6Addr::from(info.ipi6_addr.s6_addr);
    let interface = if ip.is_unicast_link_local() { info.ipi6_ifindex } else { 0 };
    (!ip.is_multicast()).then_some(OwnAddress { ip: ip.into(), interface })
}

/// Sends a packet from an address of this machine; an error if it no longer has that.
pub(super) fn send(socket: &UdpSocket, body: &[u8], to: SocketAddr, from: OwnAddress) -> io::Result<usize> {
    let (socket, body, flags) = (socket.as_raw_fd(), [IoSlice::new(body)], MsgFlags::empty());
    let to = SockaddrStorage::from(to);
    Ok(match from.ip {
        IpAddr::V4(ip) => {
            let ipi_spec_dst = in_addr { s_addr: u32::from_ne_bytes(ip.octets()) };
            let info = in_pktinfo { ipi_ifindex: 0, ipi_spec_dst, ipi_addr: in_addr { s_addr: 0 } };
            sendmsg(socket, &body, &[ControlMessage::Ipv4PacketInfo(&info)], flags, Some(&to))
        }
        IpAddr::V6(ip) => {
            let ipi6_addr = in6_addr { s6_addr: ip.octets() };
            let info = in6_pktinfo { ipi6_addr, ipi6_ifindex: from.interface };
            sendmsg(socket, &body, &[ControlMessage::Ipv6PacketInfo(&info)], flags, Some(&to))
        }
    }?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Linux tells of a packet to an address.
    fn told(ip: Ipv6Addr) -> in6_pktinfo {
        in6_pktinfo { ipi6_addr: in6_addr { s6_addr: ip.octets() }, ipi6_ifindex: 7 }
    }

    #[test]
    fn an_answer_over_ipv6_leaves_from_an_address_of_one_machine_with_its_link() -> anyhow::Result<()> {
        for (ip, interface) in [("2001:db8::1", Some(0)), ("fe80::1", Some(7)), ("ff02::1", None)] {
            let ip: Ipv6Addr = ip.parse()?;
            let expected = interface.map(|interface| OwnAddress { ip: ip.into(), interface });
            let both = [ControlMessageOwned::Ipv6PacketInfo(told(ip))];
            assert_eq!(asked(both.into_iter()), expected);
        }
        Ok(())
    }
}
