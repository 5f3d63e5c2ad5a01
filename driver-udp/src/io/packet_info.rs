//! Receiving the local address to which a packet was sent, and sending an answer from that address. Linux transfers
//! these addresses as control messages (`IP_PKTINFO` and `IPV6_PKTINFO`).

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
use crate::host::LocalAddress;

thread_local! {
    /// The buffer for control messages, for all sockets. A socket for both families reports an IPv4 packet in two of
    /// them.
    static ANCILLARY: RefCell<Vec<u8>> = RefCell::new(cmsg_space!(in_pktinfo, in6_pktinfo));
}

/// Turns on the control messages. This must be done before the socket is bound, so that the first packet has them too.
pub(super) fn enable(socket: &Socket, is_ipv6: bool) -> io::Result<()> {
    setsockopt(socket, Ipv4PacketInfo, &true)?;
    if is_ipv6 {
        setsockopt(socket, Ipv6RecvPacketInfo, &true)?;
    }
    Ok(())
}

/// Receives a packet. Returns its length, its sender, and the address from which to answer.
pub(super) fn receive(
    socket: &UdpSocket,
    buffer: &mut [u8],
) -> io::Result<(usize, SocketAddr, Option<LocalAddress>)> {
    ANCILLARY.with_borrow_mut(|ancillary| {
        let mut body = [IoSliceMut::new(buffer)];
        let (socket, flags) = (socket.as_raw_fd(), MsgFlags::empty());
        let message = recvmsg::<SockaddrStorage>(socket, &mut body, Some(ancillary), flags)?;
        let from = message.address.as_ref().and_then(storage::address);
        let from = from.ok_or_else(|| io::Error::other("the system reported a packet without a sender"))?;
        let reply_from = message.cmsgs().ok().and_then(reply_address);
        Ok((message.bytes, from, reply_from))
    })
}

/// The address from which to answer, by the control messages of a packet.
fn reply_address(mut information: impl Iterator<Item = ControlMessageOwned>) -> Option<LocalAddress> {
    let mut of_v6 = None;
    loop {
        match information.next() {
            // For a multicast or broadcast packet, this is the address of the interface that received it.
            Some(ControlMessageOwned::Ipv4PacketInfo(info)) => {
                let ip = Ipv4Addr::from(info.ipi_spec_dst.s_addr.to_ne_bytes());
                return (!ip.is_unspecified()).then_some(LocalAddress { ip: ip.into(), interface: 0 });
            }
            Some(ControlMessageOwned::Ipv6PacketInfo(info)) => of_v6 = Some(info),
            Some(_) => {}
            None => return of_v6.and_then(reply_address_v6),
        }
    }
}

/// The local address of an IPv6 packet, or `None` if it was sent to a multicast group, which cannot be a source.
fn reply_address_v6(info: in6_pktinfo) -> Option<LocalAddress> {
    let ip = Ipv6Addr::from(info.ipi6_addr.s6_addr);
    let interface = if ip.is_unicast_link_local() { info.ipi6_ifindex } else { 0 };
    (!ip.is_multicast()).then_some(LocalAddress { ip: ip.into(), interface })
}

/// Sends a packet from an address of this machine. Fails if the machine no longer has that address.
pub(super) fn send(socket: &UdpSocket, body: &[u8], to: SocketAddr, from: LocalAddress) -> io::Result<usize> {
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

    /// The information that Linux reports for a packet to an address.
    fn information(ip: Ipv6Addr) -> in6_pktinfo {
        in6_pktinfo { ipi6_addr: in6_addr { s6_addr: ip.octets() }, ipi6_ifindex: 7 }
    }

    #[test]
    fn an_answer_over_ipv6_is_sent_from_a_unicast_address_with_its_interface() -> anyhow::Result<()> {
        for (ip, interface) in [("2001:db8::1", Some(0)), ("fe80::1", Some(7)), ("ff02::1", None)] {
            let ip: Ipv6Addr = ip.parse()?;
            let expected = interface.map(|interface| LocalAddress { ip: ip.into(), interface });
            let messages = [ControlMessageOwned::Ipv6PacketInfo(information(ip))];
            assert_eq!(reply_address(messages.into_iter()), expected);
        }
        Ok(())
    }
}
