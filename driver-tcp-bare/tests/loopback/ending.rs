//! How a connection ends once no session has an endpoint in either direction.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use driver_tcp_bare::{TcpAddress, TcpChannel};
use marketplace_core::{Ground, Spawn};
use marketplace_testing::{TestProgram, wait_until};

use crate::support::{Program, Remote, connect, data, driver, listen, read_to_end, write_all};

/// Answers the first bytes that come, and quits.
fn hasty(them: TcpAddress, us: TcpAddress) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.publisher(TcpChannel::flow(&us, &them));
        cx.subscriber(TcpChannel::flow(&them, &us)).on_message(|(), cx, channel| {
            cx.send(TcpChannel::bytes(&channel.destination, &channel.source, "the last reply"));
            cx.quit();
        });
    })
}

/// A client of a server that is hasty.
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
fn a_client_that_stays_and_says_nothing_is_cut_off() -> anyhow::Result<()> {
    let (_program, client) = hasty_server()?;
    write_all(&client, b"go")?;
    assert_eq!(read_to_end(&client)?, b"the last reply");
    // Once the socket is closed, what is sent is answered by a reset.
    wait_until(|| Ok((&client).write_all(b"?").is_err()))
}

#[test]
fn what_a_session_has_sent_is_written_though_it_has_quit_and_the_client_is_slow() -> anyhow::Result<()> {
    let program = Program::start()?;
    let listening = program.listening(&TcpAddress::listener(0))?;
    let client = connect(listening.address)?;
    let session = listening.session()?;
    let sent = data(16 << 20);
    session.send(sent.clone())?;
    session.quit()?;
    // Another connection comes and is served before the client reads anything.
    let other = connect(listening.address)?;
    listening.session()?.send("done")?;
    let mut done = [0; 4];
    (&other).read_exact(&mut done)?;
    assert!(read_to_end(&client)? == sent, "something else came");
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
fn a_session_that_quits_sees_no_connection_of_its_own_go() -> anyhow::Result<()> {
    let program = Program::start()?;
    let listening = program.listening(&TcpAddress::listener(0))?;
    let client = connect(listening.address)?;
    let session = listening.session()?;
    session.is_up()?;
    session.quit()?;
    assert_eq!(read_to_end(&client)?, b"");
    assert_eq!((session.inbound.rest(), session.outbound.rest()), (vec![], vec![]));
    Ok(())
}

#[test]
fn a_program_ends_by_itself_once_its_last_connection_is_closed() -> anyhow::Result<()> {
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
