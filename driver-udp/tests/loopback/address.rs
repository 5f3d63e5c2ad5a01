//! Addresses: names, IPv6, both families on one socket, multicast, and a shared port.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use driver_udp::{UdpAddress, UdpDriver, UdpPacket};
use socket2::SockRef;

use crate::support::{Program, Remote, driver, next_error};

#[test]
fn a_remote_socket_can_be_given_by_name() -> anyhow::Result<()> {
    let program = Program::start()?;
    let remote = Remote::bind()?;
    let us = UdpAddress::handle("us");
    let (mut inbox, address) = program.bound_inbox(&us)?;
    for number in 0..10 {
        program.send(UdpPacket::new(&us, &UdpAddress::remote("localhost", remote.port()?), vec![number]))?;
    }
    for number in 0..10 {
        assert_eq!(remote.receive()?, (vec![number], address));
    }
    // The source of the answer is the address, and not the name.
    remote.send(b"here", address)?;
    assert_eq!(inbox.message()?.source, remote.address()?);
    Ok(())
}

#[test]
fn packets_travel_over_ipv6() -> anyhow::Result<()> {
    let program = Program::with(UdpDriver::new().bind_address(Ipv6Addr::LOCALHOST))?;
    let remote = Remote::bind_to(Ipv6Addr::LOCALHOST)?;
    let us = UdpAddress::listener(0);
    let (mut inbox, address) = program.bound_inbox(&us)?;
    remote.send(b"question", address)?;
    let question = inbox.message()?;
    assert_eq!(*question, UdpPacket::new(&UdpAddress::remote("::1", remote.port()?), &us, "question"));
    program.send(question.reply("answer"))?;
    assert_eq!(remote.receive()?, (b"answer".into(), address));
    Ok(())
}

#[test]
fn by_default_a_socket_is_for_both_families() -> anyhow::Result<()> {
    let program = Program::with(UdpDriver::new())?;
    let us = UdpAddress::handle("us");
    let (mut inbox, address) = program.bound_inbox(&us)?;
    let loopbacks: [SocketAddr; 2] =
        [(Ipv4Addr::LOCALHOST, address.port()).into(), (Ipv6Addr::LOCALHOST, address.port()).into()];
    for to in loopbacks {
        let remote = Remote::bind_to(to.ip())?;
        program.send(UdpPacket::new(&us, &remote.address()?, "question"))?;
        assert_eq!(remote.receive()?, (b"question".into(), to));
        remote.send(b"answer", to)?;
        assert_eq!(*inbox.message()?, UdpPacket::new(&remote.address()?, &us, "answer"));
    }
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn a_refusal_names_the_address_as_it_was_given_on_a_socket_for_both_families() -> anyhow::Result<()> {
    let program = Program::with(UdpDriver::new())?;
    let mut errors = program.errors()?;
    let us = UdpAddress::handle("us");
    let _demand = program.publisher(&us)?;
    let (v4, v6) = (Remote::bind()?, Remote::bind_to(Ipv6Addr::LOCALHOST)?);
    for gone in [v4, v6] {
        let nobody = gone.address()?;
        drop(gone);
        program.send(UdpPacket::new(&us, &nobody, "refused"))?;
        assert_eq!(next_error(&mut errors)?.1, Some(nobody));
    }
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn listeners_join_multicast_groups() -> anyhow::Result<()> {
    let group = Ipv4Addr::new(239, 255, 77, 1);
    // Bound to the group, so that it receives only packets to the group.
    let driver = driver().bind_address(group).join_v4(group, Ipv4Addr::LOCALHOST);
    let program = Program::with(driver)?;
    let us = UdpAddress::listener(0);
    let (mut inbox, address) = program.bound_inbox(&us)?;
    let remote = Remote::bind()?;
    SockRef::from(remote.socket()).set_multicast_if_v4(&Ipv4Addr::LOCALHOST)?;
    remote.send(b"to the group", address)?;
    assert_eq!(*inbox.message()?, UdpPacket::new(&remote.address()?, &us, "to the group"));
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn programs_that_reuse_an_address_share_its_port_and_packets_to_a_group() -> anyhow::Result<()> {
    let group = Ipv4Addr::new(239, 255, 77, 2);
    let shared = driver().bind_address(group).join_v4(group, Ipv4Addr::LOCALHOST).reuse_address(true);
    let (one, other) = (Program::with(shared.clone())?, Program::with(shared)?);
    let (mut at_one, address) = one.bound_inbox(&UdpAddress::listener(0))?;
    let (mut at_other, same) = other.bound_inbox(&UdpAddress::listener(address.port()))?;
    assert_eq!(same, address);
    let remote = Remote::bind()?;
    SockRef::from(remote.socket()).set_multicast_if_v4(&Ipv4Addr::LOCALHOST)?;
    remote.send(b"to both", address)?;
    assert_eq!(at_one.message()?.body, "to both");
    assert_eq!(at_other.message()?.body, "to both");
    Ok(())
}
