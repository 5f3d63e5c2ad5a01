//! The end of a connection when no session has an endpoint in either direction any more.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use driver_tcp_bare::{TcpAddress, TcpChannel};
use marketplace_core::{Ground, Spawn};
use marketplace_testing::{TestProgram, wait_until};

use crate::support::{Program, Remote, connect, data, driver, listen, read_to_end, write_all};

/// A session that answers the first bytes that it receives, and quits.
fn hasty(them: TcpAddress, us: TcpAddress) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.publisher(TcpChannel::flow(&us, &them));
        cx.subscriber(TcpChannel::flow(&them, &us)).on_message(|(), cx, channel| {
            cx.send(TcpChannel::bytes(&channel.destination, &channel.source, "the last reply"));
            cx.quit();
        });
    })
}

/// A server with hasty sessions, and a client of it.
fn hasty_server() -> anyhow::Result<(Program, TcpStream)> {
    let program = Program::start()?;
    let us = TcpAddress::listener(0);
    program.spawn(listen(us.clone(), hasty))?;
    let client = connect(program.bound(&us)?)?;
    Ok((program, client))
}

#[test]
fn a_client_still_sending_gets_the_last_reply_of_a_session_that_has_quit() -> anyhow::Result<()> {
    let (_program, client) = hasty_server()?;
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let piece = data(10_000);
            while !done.load(Ordering::Relaxed) {
                write_all(&client, &piece)?;
            }
            anyhow::Ok(())
        });
        let reply = read_to_end(&client);
        done.store(true, Ordering::Relaxed);
        assert_eq!(reply?, b"the last reply");
        writer.join().expect("the writer must not panic")
    })
}

#[test]
fn a_client_that_never_stops_sending_is_cut_off() -> anyhow::Result<()> {
    let (_program, mut client) = hasty_server()?;
    let piece = data(100_000);
    let error = loop {
        if let Err(error) = client.write_all(&piece) {
            break error;
        }
    };
    assert!(
        matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe),
        "not cut off: {error}"
    );
    Ok(())
}

#[test]
fn a_client_that_stays_and_sends_nothing_is_cut_off() -> anyhow::Result<()> {
    let (_program, client) = hasty_server()?;
    write_all(&client, b"go")?;
    assert_eq!(read_to_end(&client)?, b"the last reply");
    // After the socket is closed, the system answers data with a reset.
    wait_until(|| Ok((&client).write_all(b"?").is_err()))
}

#[test]
fn data_of_a_session_that_has_quit_is_written_to_a_slow_client() -> anyhow::Result<()> {
    let program = Program::start()?;
    let listening = program.listening(&TcpAddress::listener(0))?;
    let client = connect(listening.address)?;
    let session = listening.session()?;
    let sent = data(16 << 20);
    session.send(sent.clone())?;
    session.quit()?;
    // Another connection is accepted and served before the client reads anything.
    let other = connect(listening.address)?;
    listening.session()?.send("done")?;
    let mut done = [0; 4];
    (&other).read_exact(&mut done)?;
    assert!(read_to_end(&client)? == sent, "the received bytes are different");
    Ok(())
}

#[test]
fn a_session_that_crashes_ends_its_connection_and_no_other() -> anyhow::Result<()> {
    let program = Program::start()?;
    let listening = program.listening(&TcpAddress::listener(0))?;
    let (doomed, other) = (connect(listening.address)?, connect(listening.address)?);
    let (mut crashing, mut staying) = (listening.session()?, listening.session()?);
    if crashing.them != doomed.local_addr()?.into() {
        std::mem::swap(&mut crashing, &mut staying);
    }
    crashing.send("before the crash")?;
    write_all(&doomed, b"some of the stream")?;
    assert_eq!(crashing.receive(18)?, b"some of the stream");
    crashing.crash()?;
    write_all(&doomed, b"the rest of it")?;
    doomed.shutdown(Shutdown::Write)?;
    assert_eq!(read_to_end(&doomed)?, b"before the crash");

    write_all(&other, b"is anybody there?")?;
    assert_eq!(staying.receive(17)?, b"is anybody there?");
    connect(listening.address)?;
    listening.next()?;
    Ok(())
}

#[test]
fn a_session_that_quits_does_not_see_its_connection_close() -> anyhow::Result<()> {
    let program = Program::start()?;
    let listening = program.listening(&TcpAddress::listener(0))?;
    let client = connect(listening.address)?;
    let session = listening.session()?;
    session.wait_until_open()?;
    session.quit()?;
    assert_eq!(read_to_end(&client)?, b"");
    assert_eq!((session.inbound.rest(), session.outbound.rest()), (vec![], vec![]));
    Ok(())
}

#[test]
fn a_program_ends_by_itself_after_its_last_connection_is_closed() -> anyhow::Result<()> {
    let remote = Remote::listen()?;
    let (us, them) = (TcpAddress::handle("last"), remote.address()?);
    let session = Spawn::new((), move |(), cx| {
        cx.publisher(TcpChannel::flow(&us, &them)).on_presence(move |(), cx, _| {
            cx.send(TcpChannel::bytes(&us, &them, "all there is"));
            cx.quit();
        });
    });
    let program = TestProgram::run(Ground::new().spawn(driver()).spawn(session))?;
    let peer = remote.accept()?;
    assert_eq!(read_to_end(&peer)?, b"all there is");
    drop(peer);
    program.end()
}
