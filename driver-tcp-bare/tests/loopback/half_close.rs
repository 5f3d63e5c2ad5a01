//! One direction ends and the other stays open.

use std::net::{Shutdown, TcpStream};

use driver_tcp_bare::{TcpAddress, TcpChannel};

use crate::support::{
    Program, Remote, Session, SessionEvent, connect, read_exact, read_to_end, subscribe, write_all,
};

/// A client and its session.
fn pair() -> anyhow::Result<(Program, TcpStream, Session)> {
    let program = Program::start()?;
    let listening = program.listening(&TcpAddress::listener(0))?;
    let client = connect(listening.address)?;
    let session = listening.session()?;
    session.wait_until_open()?;
    Ok((program, client, session))
}

#[test]
fn a_session_that_sends_eof_can_still_receive() -> anyhow::Result<()> {
    let (_program, client, session) = pair()?;
    session.send("the last words")?;
    session.send_eof()?;
    assert_eq!(read_to_end(&client)?, b"the last words");
    write_all(&client, b"an answer to them")?;
    assert_eq!(session.receive(17)?, b"an answer to them");
    Ok(())
}

#[test]
fn bytes_that_a_session_sends_after_eof_are_dropped() -> anyhow::Result<()> {
    let (_program, client, session) = pair()?;
    session.send("before")?;
    session.send_eof()?;
    session.send("after")?;
    assert_eq!(read_to_end(&client)?, b"before");
    write_all(&client, b"still here")?;
    assert_eq!(session.receive(10)?, b"still here");
    Ok(())
}

#[test]
fn a_session_that_deletes_its_publisher_can_still_receive() -> anyhow::Result<()> {
    let (_program, client, session) = pair()?;
    session.send("the last words")?;
    session.leave("out")?;
    assert_eq!(read_to_end(&client)?, b"the last words");
    write_all(&client, b"an answer to them")?;
    assert_eq!(session.receive(17)?, b"an answer to them");
    Ok(())
}

#[test]
fn a_session_that_deletes_its_publisher_before_its_connection_is_open_can_still_receive() -> anyhow::Result<()>
{
    let program = Program::start()?;
    let remote = Remote::listen()?;
    let (us, them) = (TcpAddress::handle("hasty"), remote.address()?);
    let question = TcpChannel::bytes(&us, &them, "the question");
    let session = program.busy_session(&us, &them, |cx| {
        cx.send(question);
        cx.delete("out");
    })?;
    let peer = remote.accept()?;
    assert_eq!(read_to_end(&peer)?, b"the question");
    write_all(&peer, b"an answer to it")?;
    assert_eq!(session.receive(15)?, b"an answer to it");
    Ok(())
}

#[test]
fn the_sending_side_stays_open_for_a_session_that_has_only_received_so_far() -> anyhow::Result<()> {
    let program = Program::start()?;
    let remote = Remote::listen()?;
    let (us, them) = (TcpAddress::handle("listener"), remote.address()?);
    let (reporter, inbound) = program.reports();
    let ends = (us.clone(), them.clone());
    let _kept = program.process(move |cx| subscribe(cx, &ends.0, &ends.1, &reporter))?;
    let peer = remote.accept()?;
    assert_eq!(inbound.next()?, SessionEvent::Presence);
    let session = program.session(&us, &them)?;
    session.send("after all")?;
    assert_eq!(read_exact(&peer, 9)?, b"after all");
    Ok(())
}

#[test]
fn the_sending_side_stays_open_until_the_last_publisher_is_removed() -> anyhow::Result<()> {
    let (program, client, session) = pair()?;
    let flow = TcpChannel::flow(&session.us, &session.them);
    let other = program.process(move |cx| {
        cx.publisher(flow);
    })?;
    session.leave("out")?;
    let message = TcpChannel::bytes(&session.us, &session.them, "from the other session");
    other.run(|cx| cx.send(message))?;
    other.quit()?;
    assert_eq!(read_to_end(&client)?, b"from the other session");
    Ok(())
}

#[test]
fn a_session_sees_the_bytes_then_eof_then_absence_and_can_still_send() -> anyhow::Result<()> {
    let (_program, client, session) = pair()?;
    write_all(&client, b"the last words")?;
    client.shutdown(Shutdown::Write)?;
    assert_eq!(session.receive(14)?, b"the last words");
    assert_eq!(session.inbound.next()?, SessionEvent::Eof);
    assert_eq!(session.inbound.next()?, SessionEvent::NORMAL_ABSENCE);
    session.send("an answer to them")?;
    session.quit()?;
    assert_eq!(read_to_end(&client)?, b"an answer to them");
    assert_eq!(session.outbound.rest(), [], "the driver's subscriber stays after the client's end-of-file");
    Ok(())
}

#[test]
fn a_connection_shut_down_in_both_directions_stays_open_until_the_session_ends() -> anyhow::Result<()> {
    let (_program, client, session) = pair()?;
    client.shutdown(Shutdown::Write)?;
    assert_eq!(session.inbound.next()?, SessionEvent::Eof);
    session.send("the last words")?;
    session.send_eof()?;
    assert_eq!(read_to_end(&client)?, b"the last words");
    session.quit()?;
    Ok(())
}
