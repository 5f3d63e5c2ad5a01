//! Stopping (rule S18): accepted packets are sent, and the sockets are closed.

use std::net::UdpSocket;
use std::time::Duration;

use driver_udp::{UdpAddress, UdpPacket};
use marketplace_core::{Context, Reason, Stopping, topic};
use marketplace_testing::ReasonKind;

use crate::support::{Program, Remote, driver, next_address, next_error};

#[test]
fn a_stop_closes_the_sockets() -> anyhow::Result<()> {
    let program = Program::start()?;
    let (inbox, address) = program.bound_inbox(&UdpAddress::listener(0))?;
    program.ask_to_stop()?;
    program.outcome()?;
    drop(inbox);
    UdpSocket::bind(address)?;
    Ok(())
}

#[test]
fn a_stop_sends_queued_packets_and_those_that_are_sent_on_the_stop() -> anyhow::Result<()> {
    let program = Program::start()?;
    let remote = Remote::bind()?;
    let (us, them) = (UdpAddress::handle("us"), remote.address()?);
    let sender = program.process({
        let (us, them) = (us.clone(), UdpAddress::remote("localhost", remote.port()?));
        move |cx| {
            cx.publisher(UdpPacket::outbound(&us));
            cx.observe_publishers(topic!(Stopping { .. })).on_presence(move |(), cx, _| {
                cx.send(UdpPacket::new(&us, &them, "goodbye"));
                cx.quit();
            });
        }
    })?;
    program.bound(&us)?;
    sender.run(move |cx| {
        for number in 0..100 {
            cx.send(UdpPacket::new(&us, &them, vec![number]));
        }
    })?;
    program.ask_to_stop()?;
    for number in 0..100 {
        assert_eq!(remote.receive()?.0, [number]);
    }
    assert_eq!(remote.receive()?.0, b"goodbye");
    program.outcome()
}

/// Sends a packet in a later round, and quits.
fn say_goodbye(cx: &mut Context<'_, ()>, rounds: usize, packet: UdpPacket) {
    match rounds.checked_sub(1) {
        Some(rounds) => cx.yield_then(move |(), cx| say_goodbye(cx, rounds, packet)),
        None => {
            cx.send(packet);
            cx.quit();
        }
    }
}

#[test]
fn a_stop_waits_for_publishers_and_ends_when_they_quit() -> anyhow::Result<()> {
    for rounds in [0, 1, 2, 1_000] {
        let program = Program::start()?;
        let remote = Remote::bind()?;
        let (us, goodbye) = (UdpAddress::handle("us"), format!("after {rounds} rounds"));
        let packet = UdpPacket::new(&us, &remote.address()?, goodbye.clone());
        let topic = UdpPacket::outbound(&us);
        let _sender = program.process(move |cx| {
            cx.publisher(topic);
            cx.observe_publishers(topic!(Stopping { .. }))
                .on_presence(move |(), cx, _| say_goodbye(cx, rounds, packet.clone()));
        })?;
        program.bound(&us)?;
        program.ask_to_stop()?;
        assert_eq!(remote.receive()?.0, goodbye.as_bytes());
        program.outcome()?;
    }
    Ok(())
}

#[test]
fn a_stop_is_the_absence_of_the_drivers_publisher_and_then_nothing_is_received() -> anyhow::Result<()> {
    let program = Program::start()?;
    let remote = Remote::bind()?;
    let (us, them) = (UdpAddress::listener(0), remote.address()?);
    let (mut inbox, address) = program.bound_inbox(&us)?;
    let (reporter, ends) = program.reports();
    let (outbound, inbound) = (UdpPacket::outbound(&us), UdpPacket::flow(&them, &us));
    let session = program.process(move |cx| {
        cx.publisher(outbound);
        cx.subscriber(inbound).on_absence(move |(), _, _, _| reporter.report(()));
    })?;
    remote.send(b"before", address)?;
    assert_eq!(inbox.message()?.body, "before");
    program.ask_to_stop()?;
    ends.next()?;
    remote.send(b"after", address)?;
    session.run(move |cx| {
        cx.send(UdpPacket::new(&us, &them, "goodbye"));
        cx.quit();
    })?;
    assert_eq!(remote.receive()?, (b"goodbye".into(), address));
    program.outcome()?;
    inbox.nothing()?;
    Ok(())
}

#[test]
fn a_packet_from_a_socket_that_a_stop_has_closed_is_an_error() -> anyhow::Result<()> {
    let program = Program::start()?;
    let mut errors = program.errors()?;
    let remote = Remote::bind()?;
    let (us, other) = (UdpAddress::handle("us"), UdpAddress::handle("other"));
    let topic = UdpPacket::inbound(&us);
    // A process that does not publish packets.
    let reader = program.process(move |cx| {
        cx.subscriber(topic);
    })?;
    let mut bounds = program.bounds(&us)?;
    next_address(&mut bounds)?;
    let publisher = program.publisher(&other)?;
    program.ask_to_stop()?;
    bounds.absence()?;
    let (from, them) = (us.clone(), remote.address()?);
    reader.run(move |cx| cx.send(UdpPacket::new(&from, &them, "too late")))?;
    let dropped =
        ReasonKind::Other(format!("packet dropped: {us} has no socket, because the program is stopping"));
    assert_eq!(next_error(&mut errors)?, (us, Some(remote.address()?), dropped));
    publisher.quit()?;
    program.outcome()
}

#[test]
fn a_second_stop_without_time_ends_processes_that_do_not_quit() -> anyhow::Result<()> {
    let program = Program::start()?;
    let us = UdpAddress::handle("us");
    let _stubborn = program.publisher(&us)?;
    let address = program.bound(&us)?;
    program.ask_to_stop()?;
    program.ask_to_stop_within(Duration::ZERO)?;
    program.outcome()?;
    UdpSocket::bind(address)?;
    Ok(())
}

#[test]
fn a_driver_that_is_killed_closes_its_sockets() -> anyhow::Result<()> {
    let program = Program::start()?;
    let killer = program.process(|_| ())?;
    let (sender, receiver) = program.reports();
    let us = UdpAddress::listener(0);
    killer.run(move |cx| cx.spawn_then(driver().spawn(), move |(), _, pid| sender.report(pid)))?;
    let second = receiver.next()?;
    // Each of the two drivers binds its own socket for it.
    let _demand = program.publisher(&us)?;
    let mut bounds = program.bounds(&us)?;
    for _ in 0..2 {
        next_address(&mut bounds)?;
    }
    killer.run(move |cx| cx.kill(&second, Reason::normal()))?;
    bounds.absence()?;
    Ok(())
}
