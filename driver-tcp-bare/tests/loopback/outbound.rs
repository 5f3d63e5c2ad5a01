//! Outbound connections: the demand for them, and failures.

use std::io::{ErrorKind, Read as _};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{bail, ensure};
use driver_tcp_bare::{TcpAddress, TcpChannel};
use marketplace_testing::ReasonKind;

use crate::support::{
    Program, Remote, Session, SessionEvent, next_error, options, publish, read_to_end, reserve_port,
    subscribe, write_all,
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
    assert_eq!(outbound.next()?, SessionEvent::Presence);
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
    assert_eq!(inbound.next()?, SessionEvent::Presence);
    write_all(&peer, b"hello")?;
    assert_eq!(inbound.next()?, SessionEvent::Bytes(b"hello".into()));
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
    session.wait_until_open()
}

#[test]
fn a_remote_socket_can_be_given_by_name() -> anyhow::Result<()> {
    let program = Program::start()?;
    let remote = Remote::listen()?;
    let session =
        program.session(&TcpAddress::handle("by name"), &TcpAddress::remote("localhost", remote.port()?))?;
    let peer = remote.accept()?;
    session.wait_until_open()?;
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
    one.wait_until_open()?;
    two.wait_until_open()?;
    one.send("one")?;
    two.send("two")?;
    one.quit()?;
    two.quit()?;
    assert_eq!(read_to_end(&first)?, b"one");
    assert_eq!(read_to_end(&second)?, b"two");
    Ok(())
}

/// The reason of a failed connection, as a session sees it.
fn failure(session: &Session) -> anyhow::Result<ReasonKind> {
    ensure!(session.inbound.next()? == SessionEvent::Presence, "presence comes first");
    ensure!(session.outbound.next()? == SessionEvent::Presence, "presence comes first");
    match (session.inbound.next()?, session.outbound.next()?) {
        (SessionEvent::Absence(inbound), SessionEvent::Absence(outbound)) if inbound == outbound => {
            Ok(inbound)
        }
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
    assert!(matches!(why, ReasonKind::Io(_)), "not an I/O error: {why:?}");
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
    assert_eq!(outbound.next()?, SessionEvent::Presence);
    assert_eq!(outbound.next()?, SessionEvent::REFUSED);
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
    // The old demand still exists, and the next connection belongs to another session.
    let other = program.session(&TcpAddress::handle("other"), &them)?;
    let _first = remote.accept()?;
    other.wait_until_open()?;
    session.quit()?;
    let session = program.session(&us, &them)?;
    session.send("now")?;
    assert_eq!(read_exact(&remote.accept()?, 3)?, b"now");
    session.wait_until_open()
}

#[test]
fn a_handle_can_connect_again_while_its_old_connection_is_still_closing() -> anyhow::Result<()> {
    let program = Program::start()?;
    let remote = Remote::listen()?;
    let (us, them) = (TcpAddress::handle("again"), remote.address()?);
    let session = program.session(&us, &them)?;
    let first = remote.accept()?;
    session.wait_until_open()?;
    session.send("first")?;
    session.quit()?;
    assert_eq!(read_to_end(&first)?, b"first");
    // The remote end of the first connection stays open, so the driver's end waits for it.
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
fn a_session_that_ends_its_demand_and_adds_it_again_in_one_turn_has_a_new_connection() -> anyhow::Result<()> {
    let program = Program::start()?;
    let remote = Remote::listen()?;
    let (us, them) = (TcpAddress::handle("again"), remote.address()?);
    let session = program.session(&us, &them)?;
    session.wait_until_open()?;
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
fn a_session_that_adds_its_demand_again_in_the_same_turn_sees_the_old_connection_close() -> anyhow::Result<()>
{
    let program = Program::start()?;
    let remote = Remote::listen()?;
    let (us, them) = (TcpAddress::handle("again"), remote.address()?);
    let session = program.session(&us, &them)?;
    session.wait_until_open()?;
    let _first = remote.accept()?;
    let (again, seen) = program.reports();
    session.process.run(move |cx| {
        cx.delete("out");
        cx.delete("in");
        subscribe(cx, &us, &them, &again);
    })?;
    write_all(&remote.accept()?, b"the new one")?;
    for expected in [SessionEvent::Presence, SessionEvent::NORMAL_ABSENCE, SessionEvent::Presence] {
        assert_eq!(seen.next()?, expected);
    }
    assert_eq!(seen.next()?, SessionEvent::Bytes(b"the new one".into()));
    Ok(())
}

#[test]
fn a_connection_without_a_time_out_is_opened() -> anyhow::Result<()> {
    let program = Program::with(options().connect_timeout(Duration::MAX))?;
    let remote = Remote::listen()?;
    let session = program.session(&TcpAddress::handle("patient"), &remote.address()?)?;
    let _peer = remote.accept()?;
    session.wait_until_open()
}
