//! Failures are messages, and affect nothing else.

use std::io::ErrorKind;

use anyhow::Context as _;
use driver_udp::{UdpAddress, UdpPacket};
use marketplace_testing::ReasonKind;

use crate::support::{Program, Remote, driver, next_error};

/// An address whose socket has been closed. Call it after all other sockets are bound, so that none gets the same port.
#[cfg(target_os = "linux")]
fn closed_address() -> anyhow::Result<UdpAddress> {
    Remote::bind()?.address()
}

#[cfg(target_os = "linux")]
#[test]
fn a_refused_packet_is_an_error_that_names_its_destination_and_the_socket_survives() -> anyhow::Result<()> {
    let program = Program::start()?;
    let mut errors = program.errors()?;
    let remote = Remote::bind()?;
    let us = UdpAddress::handle("us");
    let (mut inbox, address) = program.bound_inbox(&us)?;
    let (nobody, somebody) = (closed_address()?, remote.address()?);
    for round in 0..10 {
        program.send(UdpPacket::new(&us, &nobody, "refused"))?;
        assert_eq!(
            next_error(&mut errors)?,
            (us.clone(), Some(nobody.clone()), ReasonKind::Io(ErrorKind::ConnectionRefused)),
            "in round {round}"
        );
        program.send(UdpPacket::new(&us, &somebody, "taken"))?;
        assert_eq!(remote.receive()?, (b"taken".into(), address));
        remote.send(b"and answered", address)?;
        assert_eq!(inbox.message()?.body, "and answered");
    }
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn refusals_cost_no_other_packet() -> anyhow::Result<()> {
    let program = Program::start()?;
    let mut errors = program.errors()?;
    let remote = Remote::bind()?;
    let us = UdpAddress::handle("us");
    let (nobody, somebody) = (closed_address()?, remote.address()?);
    let (refused, taken) = (nobody.clone(), us.clone());
    let _sender = program.process(move |cx| {
        cx.publisher(UdpPacket::outbound(&us));
        for number in 0..50 {
            cx.send(UdpPacket::new(&us, &nobody, "refused"));
            cx.send(UdpPacket::new(&us, &somebody, vec![number]));
        }
    })?;
    for number in 0..50 {
        assert_eq!(remote.receive()?.0, [number]);
    }
    // The system may limit the number of refusals that it reports.
    assert_eq!(
        next_error(&mut errors)?,
        (taken, Some(refused), ReasonKind::Io(ErrorKind::ConnectionRefused))
    );
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn a_refusal_that_the_system_has_no_room_for_costs_neither_the_socket_nor_another_packet()
-> anyhow::Result<()> {
    let program = Program::with(driver().receive_buffer(4_096))?;
    let mut errors = program.errors()?;
    let remote = Remote::bind()?;
    let us = UdpAddress::handle("us");
    let (mut inbox, address) = program.bound_inbox(&us)?;
    let flood = Remote::bind()?;
    let (from, to) = (us.clone(), [closed_address()?, remote.address()?]);
    let _flooded = program.process(move |cx| {
        cx.subscriber(UdpPacket::inbound(&from)).on_message(move |(), cx, packet| {
            let Some(count) = packet.body.strip_prefix(b"send to ") else { return Ok(()) };
            // The driver receives nothing more before this has been delivered.
            for _ in 0..100 {
                flood.send(b"small", address)?;
            }
            for them in &to[..usize::from(count[0])] {
                cx.send(UdpPacket::new(&from, them, "anybody?"));
            }
            anyhow::Ok(())
        });
    })?;
    for count in [1, 2] {
        remote.send(&[&b"send to "[..], &[count]].concat(), address)?;
        while inbox.message()?.body != "small" {}
        remote.send(b"here", address)?;
        while inbox.message()?.body != "here" {}
    }
    assert_eq!(remote.receive()?, (b"anybody?".into(), address));
    errors.nothing().context("an unknown refusal is not reported")?;
    Ok(())
}

#[test]
fn a_port_in_use_is_an_error_and_new_demand_tries_again() -> anyhow::Result<()> {
    let program = Program::start()?;
    let mut errors = program.errors()?;
    let occupant = Remote::bind()?;
    let us = UdpAddress::listener(occupant.port()?);
    let early = program.publisher(&us)?;
    let in_use = (us.clone(), None, ReasonKind::Io(ErrorKind::AddrInUse));
    assert_eq!(next_error(&mut errors)?, in_use);

    // The driver goes on, also for the demand that still exists.
    let (_inbox, _) = program.bound_inbox(&UdpAddress::handle("another"))?;
    let them = occupant.address()?;
    program.send(UdpPacket::new(&us, &them, "from nowhere"))?;
    let dropped =
        ReasonKind::Other(format!("packet dropped: the socket of {us} could not be bound, or is lost"));
    assert_eq!(next_error(&mut errors)?, (us.clone(), Some(them), dropped));
    early.quit()?;
    let again = program.publisher(&us)?;
    assert_eq!(next_error(&mut errors)?, in_use);
    again.quit()?;

    let address = occupant.socket().local_addr()?;
    drop(occupant);
    let (mut inbox, bound) = program.bound_inbox(&us)?;
    assert_eq!(bound, address);
    Remote::bind()?.send(b"now it is free", address)?;
    assert_eq!(inbox.message()?.body, "now it is free");
    errors.nothing()?;
    Ok(())
}

#[test]
fn an_unknown_name_is_an_error_and_does_not_delay_other_packets() -> anyhow::Result<()> {
    let program = Program::start()?;
    let mut errors = program.errors()?;
    let remote = Remote::bind()?;
    let us = UdpAddress::handle("us");
    let (_inbox, address) = program.bound_inbox(&us)?;
    let unknown = UdpAddress::remote("name.invalid", 80);
    program.send(UdpPacket::new(&us, &unknown, "lost"))?;
    program.send(UdpPacket::new(&us, &unknown, "lost too"))?;
    program.send(UdpPacket::new(&us, &remote.address()?, "taken"))?;
    assert_eq!(remote.receive()?, (b"taken".into(), address));
    for _ in 0..2 {
        let (local, to, why) = next_error(&mut errors)?;
        assert_eq!((local, to), (us.clone(), Some(unknown.clone())));
        assert!(matches!(why, ReasonKind::Io(_)), "{why:?}");
    }
    Ok(())
}

#[test]
fn packets_for_which_the_queue_has_no_room_are_dropped_with_an_error_each() -> anyhow::Result<()> {
    let program = Program::with(driver().queue_limit(3 * (1_000 + 128)))?;
    let mut errors = program.errors()?;
    let remote = Remote::bind()?;
    let (us, them) = (UdpAddress::handle("us"), remote.address()?);
    let (local, to) = (us.clone(), them.clone());
    let _sender = program.process(move |cx| {
        cx.publisher(UdpPacket::outbound(&us));
        // All packets are in the queue before the socket is bound.
        for number in 0..5 {
            cx.send(UdpPacket::new(&us, &them, vec![number; 1_000]));
        }
    })?;
    for number in 0..3 {
        assert_eq!(remote.receive()?.0, [number; 1_000]);
    }
    for _ in 0..2 {
        let (from, towards, why) = next_error(&mut errors)?;
        assert_eq!((from, towards), (local.clone(), Some(to.clone())));
        assert!(matches!(why, ReasonKind::Other(_)), "{why:?}");
    }
    errors.nothing()?;
    Ok(())
}

#[test]
fn an_address_of_the_other_family_is_an_error() -> anyhow::Result<()> {
    let program = Program::start()?;
    let mut errors = program.errors()?;
    let (us, v6) = (UdpAddress::handle("us"), UdpAddress::remote("::1", 9));
    let _demand = program.publisher(&us)?;
    program.send(UdpPacket::new(&us, &v6, "lost"))?;
    let (local, to, why) = next_error(&mut errors)?;
    assert_eq!((local, to), (us, Some(v6)));
    assert!(matches!(why, ReasonKind::Io(_)), "{why:?}");
    Ok(())
}

#[test]
fn a_broadcast_has_to_be_allowed() -> anyhow::Result<()> {
    let program = Program::start()?;
    let mut errors = program.errors()?;
    let us = UdpAddress::handle("us");
    let everybody = UdpAddress::remote("255.255.255.255", 9);
    let _demand = program.publisher(&us)?;
    program.send(UdpPacket::new(&us, &everybody, "hello"))?;
    assert_eq!(next_error(&mut errors)?, (us, Some(everybody), ReasonKind::Io(ErrorKind::PermissionDenied)));
    Ok(())
}

#[test]
fn a_group_that_cannot_be_joined_is_an_error_of_the_listener_alone() -> anyhow::Result<()> {
    let program = Program::with(driver().join_v4([127, 0, 0, 1].into(), [127, 0, 0, 1].into()))?;
    let mut errors = program.errors()?;
    let us = UdpAddress::listener(0);
    let _demand = program.publisher(&us)?;
    assert_eq!(next_error(&mut errors)?, (us, None, ReasonKind::Io(ErrorKind::InvalidInput)));
    let _another = program.bound_inbox(&UdpAddress::handle("another"))?;
    Ok(())
}
