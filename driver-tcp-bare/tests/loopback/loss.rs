//! Connections that are lost.

use std::io::Read as _;
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::channel;

use driver_tcp_bare::{TcpAddress, TcpChannel, TcpSubPacket};
use marketplace_testing::{ReasonKind, TIMEOUT, wait_until};

use crate::support::{Listening, Program, Remote, Session, SessionEvent, connect, publish, reset, write_all};

/// A client and its session.
fn pair() -> anyhow::Result<(Program, Listening, TcpStream, Session)> {
    let program = Program::start()?;
    let listening = program.listening(&TcpAddress::listener(0))?;
    let client = connect(listening.address)?;
    let session = listening.session()?;
    session.wait_until_open()?;
    Ok((program, listening, client, session))
}

#[test]
fn a_reset_is_an_absence_in_both_directions_with_the_error_as_reason() -> anyhow::Result<()> {
    let (_program, listening, client, session) = pair()?;
    reset(client)?;
    assert_eq!(session.inbound.next()?, SessionEvent::RESET);
    assert_eq!(session.outbound.next()?, SessionEvent::RESET);
    // Neither the program nor the driver has ended.
    connect(listening.address)?;
    listening.session()?.wait_until_open()
}

#[test]
fn a_reset_of_an_outbound_connection_is_the_same() -> anyhow::Result<()> {
    let program = Program::start()?;
    let remote = Remote::listen()?;
    let session = program.session(&TcpAddress::handle("lost"), &remote.address()?)?;
    let peer = remote.accept()?;
    session.wait_until_open()?;
    reset(peer)?;
    assert_eq!(session.inbound.next()?, SessionEvent::RESET);
    assert_eq!(session.outbound.next()?, SessionEvent::RESET);
    Ok(())
}

#[test]
fn a_session_that_only_sends_sees_a_reset_too() -> anyhow::Result<()> {
    let program = Program::start()?;
    let listening = program.listening(&TcpAddress::listener(0))?;
    let client = connect(listening.address)?;
    let (them, us) = listening.next()?;
    let (reporter, outbound) = program.reports();
    let _kept = program.process(move |cx| {
        publish(cx, &us, &them, &reporter);
        cx.send(TcpChannel::bytes(&us, &them, "hello"));
    })?;
    let mut hello = [0; 5];
    (&client).read_exact(&mut hello)?;
    reset(client)?;
    assert_eq!(outbound.next()?, SessionEvent::Presence);
    assert_eq!(outbound.next()?, SessionEvent::RESET);
    Ok(())
}

#[test]
fn a_reset_after_end_of_file_is_seen_by_the_next_send() -> anyhow::Result<()> {
    let (_program, _listening, client, session) = pair()?;
    client.shutdown(Shutdown::Write)?;
    assert_eq!(session.inbound.next()?, SessionEvent::Eof);
    assert_eq!(session.inbound.next()?, SessionEvent::NORMAL_ABSENCE);
    reset(client)?;
    session.send("are you there?")?;
    assert!(matches!(session.outbound.next()?, SessionEvent::Absence(ReasonKind::Io(_))));
    Ok(())
}

#[test]
fn a_reset_after_end_of_file_is_seen_although_nothing_is_sent() -> anyhow::Result<()> {
    let (_program, _listening, client, session) = pair()?;
    client.shutdown(Shutdown::Write)?;
    assert_eq!(session.inbound.next()?, SessionEvent::Eof);
    assert_eq!(session.inbound.next()?, SessionEvent::NORMAL_ABSENCE);
    reset(client)?;
    assert!(matches!(session.outbound.next()?, SessionEvent::Absence(ReasonKind::Io(_))));
    Ok(())
}

#[test]
fn sending_to_a_client_that_has_closed_ends_the_connection_with_an_error() -> anyhow::Result<()> {
    let (_program, _listening, client, session) = pair()?;
    write_all(&client, b"and gone")?;
    assert_eq!(session.receive(8)?, b"and gone");
    drop(client);
    assert_eq!(session.inbound.next()?, SessionEvent::Eof);
    assert_eq!(session.inbound.next()?, SessionEvent::NORMAL_ABSENCE);
    // The peer answers the first bytes with a reset.
    let mut seen = Vec::new();
    wait_until(|| {
        session.send("are you there?")?;
        seen.extend(session.outbound.rest());
        Ok(!seen.is_empty())
    })?;
    assert!(matches!(seen[..], [SessionEvent::Absence(ReasonKind::Io(_))]), "{seen:?}");
    Ok(())
}

#[test]
fn data_before_a_reset_is_received_before_the_absence() -> anyhow::Result<()> {
    let program = Program::start()?;
    let listening = program.listening(&TcpAddress::listener(0))?;
    let client = connect(listening.address)?;
    write_all(&client, b"the last words")?;
    reset(client)?;
    let session = listening.session()?;
    assert_eq!(session.receive(14)?, b"the last words");
    assert_eq!(session.inbound.next()?, SessionEvent::RESET);
    Ok(())
}

#[test]
fn data_before_a_reset_is_received_by_a_session_that_sends_at_once() -> anyhow::Result<()> {
    let program = Program::start()?;
    let listening = program.listening(&TcpAddress::listener(0))?;
    let client = connect(listening.address)?;
    write_all(&client, b"the last words")?;
    reset(client)?;
    let (them, us) = listening.next()?;
    let greeting = TcpChannel::bytes(&us, &them, "welcome");
    let session = program.busy_session(&us, &them, |cx| cx.send(greeting))?;
    assert_eq!(session.receive(14)?, b"the last words");
    assert!(matches!(session.inbound.next()?, SessionEvent::Absence(_)));
    Ok(())
}

#[test]
fn data_between_a_read_and_a_reset_is_received_by_a_session_that_replies() -> anyhow::Result<()> {
    let program = Program::start()?;
    let listening = program.listening(&TcpAddress::listener(0))?;
    let client = connect(listening.address)?;
    let (them, us) = listening.next()?;
    let (heard, has_heard) = program.reports();
    let (release, is_released) = channel();
    let (received, all) = program.reports();
    let _kept = program.process(move |cx| {
        cx.publisher(TcpChannel::flow(&us, &them));
        cx.subscriber(TcpChannel::flow(&them, &us))
            .on_message(move |(), cx, packet| {
                if let TcpSubPacket::Bytes(bytes) = &packet.subpacket {
                    received.report(bytes.to_vec());
                }
                heard.report(());
                // Blocks the whole program, so that the rest arrives meanwhile.
                is_released.recv_timeout(TIMEOUT)?;
                cx.send(packet.reply());
                anyhow::Ok(())
            })
            .on_absence(|(), cx, _, _| cx.quit());
    })?;
    write_all(&client, b"first")?;
    has_heard.next()?;
    write_all(&client, b", last")?;
    reset(client)?;
    release.send(())?;
    // Waits for the second message.
    release.send(())?;
    let words = all.all()?.concat();
    assert_eq!(String::from_utf8_lossy(&words), "first, last");
    Ok(())
}
