//! Stopping (rule S18): what was accepted is sent, and the sockets are closed.

use std::net::UdpSocket;
use std::sync::mpsc::channel;

use driver_udp::{UdpAddress, UdpPacket};
use marketplace_core::{Reason, Stopping, topic};

use crate::support::{PATIENCE, Program, Remote, driver};

#[test]
fn a_stop_closes_the_sockets() -> anyhow::Result<()> {
    let mut program = Program::start();
    let (inbox, address) = program.bound_inbox(&UdpAddress::listener(0))?;
    program.ask_to_stop()?;
    program.outcome()?;
    drop(inbox);
    UdpSocket::bind(address)?;
    Ok(())
}

#[test]
fn a_stop_sends_what_is_queued_and_what_is_said_on_hearing_of_it() -> anyhow::Result<()> {
    let mut program = Program::start();
    let remote = Remote::bind()?;
    let (us, them) = (UdpAddress::handle("us"), remote.address()?);
    let mut sender = program.participant({
        let (us, them) = (us.clone(), UdpAddress::remote("localhost", remote.port()?));
        move |cx| {
            cx.publisher(UdpPacket::outbound(&us));
            cx.observe_publishers(topic!(Stopping { .. })).on_presence(move |(), cx, _| {
                cx.send(UdpPacket::new(&us, &them, "goodbye"));
            });
        }
    })?;
    program.bound(&us)?;
    sender.tell(move |cx| {
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

#[test]
fn a_driver_that_is_killed_closes_its_sockets() -> anyhow::Result<()> {
    let program = Program::start();
    let mut killer = program.participant(|_| ())?;
    let (sender, receiver) = channel();
    let us = UdpAddress::listener(0);
    killer.tell(move |cx| cx.spawn_then(driver().spawn(), move |(), _, pid| Ok(sender.send(pid)?)))?;
    let second = receiver.recv_timeout(PATIENCE)?;
    // Both drivers bind a socket of their own for it.
    let _demand = program.publisher(&us)?;
    let bounds = program.bounds(&us)?;
    for _ in 0..2 {
        assert!(bounds.recv_timeout(PATIENCE)?.is_some());
    }
    killer.tell(move |cx| cx.kill(&second, Reason::normal()))?;
    assert_eq!(bounds.recv_timeout(PATIENCE)?, None);
    Ok(())
}
