//! Outbound connections: demand for them, and their failing.

use std::io::{ErrorKind, Read as _};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{bail, ensure};
use driver_tcp_bare::{TcpAddress, TcpChannel};
use marketplace_testing::ReasonKind;

use crate::support::{
    Program, Remote, Seen, Session, next_error, options, publish, read_to_end, reserve_port, subscribe,
    write_all,
};

fn read_exact(mut stream: &TcpStream, count: usize) -> anyhow::Result<Vec<u8>> {
    let mut bytes = vec![0; count];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[test]
fn a_publisher_alone_is_demand() -> anyhow::Result<()> {
    let program = Program::start()?;
    let remote = Remote::listen()?;
    let (us, them) = (TcpAddress::handle("sender"), remote.address()?);
    let (reporter, outbound) = program.reports();
    let message = TcpChannel::bytes(&us, &them, "hello");
    let sender = program.process(move |cx| publish(cx, &us, &them, &reporter))?;
    let peer = remote.accept()?;
    assert_eq!(outbound.next()?, Seen::Presence);
    sender.run(|cx| cx.send(message))?;
    sender.quit()?;
    assert_eq!(read_to_end(&peer)?, b"hello");
    Ok(())
}

#[test]
fn a_subscriber_alone_is_demand() -> anyhow::Result<()> {
    let program = Program::start()?;
    let remote = Remote::listen()?;
    let (us, them) = (TcpAddress::handle("receiver"), remote.address()?);
    let (reporter, inbound) = program.reports();
    let receiver = program.process(move |cx| subscribe(cx, &us, &them, &reporter))?;
    let peer = remote.accept()?;
    assert_eq!(inbound.next()?, Seen::Presence);
    write_all(&peer, b"hello")?;
    assert_eq!(inbound.next()?, Seen::Bytes(b"hello".into()));
    receiver.quit()?;
    assert_eq!(read_to_end(&peer)?, b"");
    Ok(())
}

#[test]
fn an_observer_is_no_demand_for_a_connection() -> anyhow::Result<()> {
    let program = Program::start()?;
    let remote = Remote::listen()?;
    let (us, them) = (TcpAddress::handle("observed"), remote.address()?);
    let (inbound, outbound) = (TcpChannel::flow(&them, &us), TcpChannel::flow(&us, &them));
    let _kept = program.process(move |cx| {
        cx.observe_publishers(inbound);
        cx.observe_subscribers(outbound);
    })?;
    let session = program.session(&TcpAddress::handle("real"), &them)?;
    session.send("the only one")?;
    assert_eq!(read_exact(&remote.accept()?, 12)?, b"the only one");
    session.is_up()
}

#[test]
fn a_remote_socket_can_be_given_by_name() -> anyhow::Result<()> {
    let program = Program::start()?;
    let remote = Remote::listen()?;
    let session =
        program.session(&TcpAddress::handle("by name"), &TcpAddress::remote("localhost", remote.port()?))?;
    let peer = remote.accept()?;
    session.is_up()?;
    session.send("hello")?;
    session.quit()?;
    assert_eq!(read_to_end(&peer)?, b"hello");
    Ok(())
}

#[test]
fn two_handles_are_two_connections_to_the_same_socket() -> anyhow::Result<()> {
    let program = Program::start()?;
    let remote = Remote::listen()?;
    let one = program.session(&TcpAddress::handle(1), &remote.address()?)?;
    let first = remote.accept()?;
    let two = program.session(&TcpAddress::handle(2), &remote.address()?)?;
    let second = remote.accept()?;
    one.is_up()?;
    two.is_up()?;
    one.send("one")?;
    two.send("two")?;
    one.quit()?;
    two.quit()?;
    assert_eq!(read_to_end(&first)?, b"one");
    assert_eq!(read_to_end(&second)?, b"two");
    Ok(())
}

/// Why a connection could not be had, by what a session sees of it.
fn failure(session: &Session) -> anyhow::Result<ReasonKind> {
    ensure!(session.inbound.next()? == Seen::Presence, "presence comes first");
    ensure!(session.outbound.next()? == Seen::Presence, "presence comes first");
    match (session.inbound.next()?, session.outbound.next()?) {
        (Seen::Absence(inbound), Seen::Absence(outbound)) if inbound == outbound => Ok(inbound),
        seen => bail!("not the same absence twice: {seen:?}"),
    }
}

#[test]
fn a_refused_connection_is_presence_then_absence_with_the_error_and_a_message() -> anyhow::Result<()> {
    let program = Program::start()?;
    let mut errors = program.errors()?;
    let (_reserved, closed) = reserve_port()?;
    let (us, them) = (TcpAddress::handle("refused"), TcpAddress::from(closed));
    let session = program.session(&us, &them)?;
    let refused = ReasonKind::Io(ErrorKind::ConnectionRefused);
    assert_eq!(failure(&session)?, refused);
    assert_eq!(next_error(&mut errors)?, (us, Some(them), refused));
    Ok(())
}

#[test]
fn a_name_that_does_not_resolve_is_the_same() -> anyhow::Result<()> {
    let program = Program::start()?;
    let mut errors = program.errors()?;
    let (us, them) = (TcpAddress::handle("unknown"), TcpAddress::remote("name.invalid", 80));
    let session = program.session(&us, &them)?;
    let why = failure(&session)?;
    assert!(matches!(why, ReasonKind::Io(_)), "not an error of input and output: {why:?}");
    assert_eq!(next_error(&mut errors)?, (us, Some(them), why));
    Ok(())
}

#[test]
fn one_direction_alone_sees_a_failure_too() -> anyhow::Result<()> {
    let program = Program::start()?;
    let (_reserved, closed) = reserve_port()?;
    let (reporter, outbound) = program.reports();
    let _kept =
        program.process(move |cx| publish(cx, &TcpAddress::handle("sender"), &closed.into(), &reporter))?;
    assert_eq!(outbound.next()?, Seen::Presence);
    assert_eq!(outbound.next()?, Seen::REFUSED);
    Ok(())
}

#[test]
fn a_failed_connect_is_tried_again_for_new_demand_and_no_sooner() -> anyhow::Result<()> {
    let program = Program::start()?;
    let (reserved, closed) = reserve_port()?;
    let (us, them) = (TcpAddress::handle("again"), TcpAddress::from(closed));
    let session = program.session(&us, &them)?;
    assert_eq!(failure(&session)?, ReasonKind::Io(ErrorKind::ConnectionRefused));
    reserved.listen(1)?;
    let remote = Remote::on(reserved)?;
    // The old demand is still there, and another's connection is the first to come.
    let other = program.session(&TcpAddress::handle("other"), &them)?;
    let _first = remote.accept()?;
    other.is_up()?;
    session.quit()?;
    let session = program.session(&us, &them)?;
    session.send("now")?;
    assert_eq!(read_exact(&remote.accept()?, 3)?, b"now");
    session.is_up()
}

#[test]
fn a_handle_can_connect_again_while_its_old_connection_is_still_closing() -> anyhow::Result<()> {
    let program = Program::start()?;
    let remote = Remote::listen()?;
    let (us, them) = (TcpAddress::handle("again"), remote.address()?);
    let session = program.session(&us, &them)?;
    let first = remote.accept()?;
    session.is_up()?;
    session.send("first")?;
    session.quit()?;
    assert_eq!(read_to_end(&first)?, b"first");
    // This end of the first connection stays open, so the driver's waits for it.
    let session = program.session(&us, &them)?;
    session.send("second")?;
    let second = remote.accept()?;
    assert_eq!(read_exact(&second, 6)?, b"second");
    write_all(&first, b"too late")?;
    write_all(&second, b"in time")?;
    assert_eq!(session.receive(7)?, b"in time");
    session.quit()?;
    assert_eq!(read_to_end(&second)?, b"");
    Ok(())
}

#[test]
fn a_session_that_leaves_and_comes_back_in_one_turn_has_a_new_connection() -> anyhow::Result<()> {
    let program = Program::start()?;
    let remote = Remote::listen()?;
    let (us, them) = (TcpAddress::handle("again"), remote.address()?);
    let session = program.session(&us, &them)?;
    session.is_up()?;
    let first = remote.accept()?;
    let again = program.reports().0;
    let message = TcpChannel::bytes(&us, &them, "second");
    session.process.run(move |cx| {
        cx.delete("out");
        cx.delete("in");
        publish(cx, &us, &them, &again);
        cx.send(message);
    })?;
    let second = remote.accept()?;
    assert_eq!(read_exact(&second, 6)?, b"second");
    assert_eq!(read_to_end(&first)?, b"");
    Ok(())
}

#[test]
fn a_session_that_comes_back_in_the_turn_in_which_it_left_sees_the_old_connection_go() -> anyhow::Result<()> {
    let program = Program::start()?;
    let remote = Remote::listen()?;
    let (us, them) = (TcpAddress::handle("again"), remote.address()?);
    let session = program.session(&us, &them)?;
    session.is_up()?;
    let _first = remote.accept()?;
    let (again, seen) = program.reports();
    session.process.run(move |cx| {
        cx.delete("out");
        cx.delete("in");
        subscribe(cx, &us, &them, &again);
    })?;
    write_all(&remote.accept()?, b"the new one")?;
    for expected in [Seen::Presence, Seen::NORMAL_ABSENCE, Seen::Presence] {
        assert_eq!(seen.next()?, expected);
    }
    assert_eq!(seen.next()?, Seen::Bytes(b"the new one".into()));
    Ok(())
}

#[test]
fn a_connect_for_which_there_is_no_limit_of_time_is_had() -> anyhow::Result<()> {
    let program = Program::with(options().connect_timeout(Duration::MAX))?;
    let remote = Remote::listen()?;
    let session = program.session(&TcpAddress::handle("patient"), &remote.address()?)?;
    let _peer = remote.accept()?;
    session.is_up()
}
