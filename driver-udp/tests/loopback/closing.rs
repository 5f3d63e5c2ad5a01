//! Closing a socket, and binding its port again.

use driver_udp::{UdpAddress, UdpPacket};
use marketplace_testing::ReasonKind;

use crate::support::{Program, Remote, next_address, next_error};

#[test]
fn packets_that_a_process_sends_before_it_quits_are_sent() -> anyhow::Result<()> {
    let program = Program::start()?;
    let remote = Remote::bind()?;
    for round in 0..20 {
        let (us, them) = (UdpAddress::handle(("brief", round)), remote.address()?);
        let sender = program.publisher(&us)?;
        if round % 2 == 0 {
            program.bound(&us)?;
        }
        sender.run(move |cx| {
            for number in 0..5 {
                cx.send(UdpPacket::new(&us, &them, vec![number]));
            }
            cx.quit();
        })?;
        for number in 0..5 {
            assert_eq!(remote.receive()?.0, [number], "in round {round}");
        }
    }
    // The same if the process quits before the socket is bound, and for a packet to a name.
    let (us, them) = (UdpAddress::handle("briefest"), UdpAddress::remote("localhost", remote.port()?));
    program.spawn(marketplace_core::Spawn::new((), move |(), cx| {
        cx.publisher(UdpPacket::flow(&us, &them));
        cx.send(UdpPacket::new(&us, &them, "gone"));
        cx.quit();
    }))?;
    assert_eq!(remote.receive()?.0, b"gone");
    Ok(())
}

#[test]
fn a_port_can_be_listened_on_again_at_once() -> anyhow::Result<()> {
    let program = Program::start()?;
    let mut errors = program.errors()?;
    let us = UdpAddress::listener(Remote::bind()?.port()?);
    let remote = Remote::bind()?;
    let mut bounds = program.bounds(&us)?;
    for _ in 0..50 {
        let mut inbox = program.inbox(&us)?;
        let address = next_address(&mut bounds)?;
        remote.send(b"hello", address)?;
        assert_eq!(inbox.message()?.body, "hello");
        drop(inbox);
        bounds.absence()?;
    }
    errors.nothing()?;
    Ok(())
}

#[test]
fn a_port_can_be_listened_on_again_in_the_turn_in_which_it_is_closed() -> anyhow::Result<()> {
    let program = Program::start()?;
    let mut errors = program.errors()?;
    let us = UdpAddress::listener(Remote::bind()?.port()?);
    let remote = Remote::bind()?;
    let mut bounds = program.bounds(&us)?;
    let topic = UdpPacket::outbound(&us);
    let user = program.process(|cx| {
        cx.publisher(topic).named("demand");
    })?;
    let address = next_address(&mut bounds)?;
    let (again, them) = (us.clone(), remote.address()?);
    user.run(move |cx| {
        for number in 0..10 {
            cx.delete("demand");
            cx.publisher(UdpPacket::outbound(&again)).named("demand");
            cx.send(UdpPacket::new(&again, &them, vec![number]));
        }
    })?;
    // Each socket sends its packets, after its predecessor has closed.
    for number in 0..10 {
        assert_eq!(remote.receive()?.0, [number]);
    }
    for _ in 0..10 {
        bounds.absence()?;
        assert_eq!(next_address(&mut bounds)?, address);
    }
    errors.nothing()?;
    Ok(())
}

#[test]
fn a_packet_after_the_last_participant_is_removed_is_an_error() -> anyhow::Result<()> {
    let program = Program::start()?;
    let mut errors = program.errors()?;
    let remote = Remote::bind()?;
    let (us, them) = (UdpAddress::handle("us"), remote.address()?);
    let sender = program.publisher(&us)?;
    program.bound(&us)?;
    let (from, to) = (us.clone(), them.clone());
    // More packets than are sent at once, so that the socket is closing for a while.
    sender.run(move |cx| {
        for number in 0..100 {
            cx.send(UdpPacket::new(&from, &to, vec![number]));
        }
        cx.quit();
    })?;
    sender.ended()?;
    program.send(UdpPacket::new(&us, &them, "late"))?;
    let dropped =
        ReasonKind::Other(format!("packet dropped: {us} has no socket, because it has no participant"));
    assert_eq!(next_error(&mut errors)?, (us, Some(them), dropped));
    for number in 0..100 {
        assert_eq!(remote.receive()?.0, [number]);
    }
    Ok(())
}
