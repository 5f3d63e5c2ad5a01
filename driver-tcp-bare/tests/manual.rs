//! The snippets of the original manual's chapter on TCP, in Rust, on real sockets.

mod support;

use std::net::Shutdown;

use bytes::Bytes;
use driver_tcp_bare::{TcpAddress, TcpChannel, TcpSubPacket};
use marketplace_core::{Spawn, topic};
use marketplace_testing::Reporter;

use support::{Program, Remote, SessionEvent, connect, read_to_end, write_all};

/// "Opening an outbound connection".
fn client(local: TcpAddress, remote: TcpAddress, reporter: Reporter<SessionEvent>) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.publisher(topic!(TcpChannel { source: local.clone(), destination: remote.clone(), .. }));
        cx.subscriber(topic!(TcpChannel { source: remote, destination: local, .. })).on_message(
            move |(), cx, channel| match &channel.subpacket {
                TcpSubPacket::Eof => {
                    reporter.report(SessionEvent::Eof);
                    cx.quit();
                }
                TcpSubPacket::Bytes(data) => reporter.report(SessionEvent::Bytes(data.to_vec())),
            },
        );
    })
}

/// "Accepting inbound connections".
fn server(port: u16, reporter: Reporter<SessionEvent>) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.observe_publishers(topic!(TcpChannel {
            source: _,
            destination: TcpAddress::Listener { port },
            ..
        }))
        .on_presence(move |(), cx, peer| {
            if let Some((them, us)) = peer.conversation.ends() {
                cx.spawn(chat_session(them, us, reporter.clone()));
            }
        });
    })
}

/// "To illustrate the code for handling a newly-arrived connection": a subscriber, and nothing else.
fn chat_session(them: TcpAddress, us: TcpAddress, reporter: Reporter<SessionEvent>) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.subscriber(topic!(TcpChannel { source: them, destination: us, .. }))
            .on_absence(|(), cx, _, _| cx.quit())
            .on_message(move |(), cx, channel| match channel {
                // "Receiving data": source, destination and what it is.
                TcpChannel { source: them, destination: us, subpacket: TcpSubPacket::Bytes(data) } => {
                    reporter.report(SessionEvent::Bytes(data.to_vec()));
                    // "Sending data".
                    cx.send(TcpChannel {
                        source: us.clone(),
                        destination: them.clone(),
                        subpacket: TcpSubPacket::Bytes(Bytes::from_static(b"thank you")),
                    });
                }
                TcpChannel { subpacket: TcpSubPacket::Eof, .. } => reporter.report(SessionEvent::Eof),
            });
    })
}

#[test]
fn opening_an_outbound_connection() -> anyhow::Result<()> {
    let program = Program::start()?;
    let remote = Remote::listen()?;
    let (reporter, seen) = program.reports();
    let address = TcpAddress::remote("127.0.0.1", remote.port()?);
    program.spawn(client(TcpAddress::handle("some-unique-value"), address, reporter))?;
    let peer = remote.accept()?;
    write_all(&peer, b"hello")?;
    assert_eq!(seen.next()?, SessionEvent::Bytes(b"hello".into()));
    peer.shutdown(Shutdown::Write)?;
    assert_eq!(seen.next()?, SessionEvent::Eof);
    // "When the endpoints are deleted (or the process exits)", the driver closes the socket.
    assert_eq!(read_to_end(&peer)?, b"");
    Ok(())
}

#[test]
fn accepting_receiving_and_sending() -> anyhow::Result<()> {
    let program = Program::start()?;
    let (reporter, seen) = program.reports();
    program.spawn(server(0, reporter))?;
    let client = connect(program.bound(&TcpAddress::listener(0))?)?;
    write_all(&client, b"hello")?;
    assert_eq!(seen.next()?, SessionEvent::Bytes(b"hello".into()));
    client.shutdown(Shutdown::Write)?;
    assert_eq!(seen.next()?, SessionEvent::Eof);
    // The session has quit on the absence after that.
    assert_eq!(read_to_end(&client)?, b"thank you");
    Ok(())
}

#[test]
fn a_subpacket_that_is_eof_is_sent_like_bytes() -> anyhow::Result<()> {
    let program = Program::start()?;
    let us = TcpAddress::listener(0);
    program.spawn(support::listen(us.clone(), |them, us| {
        Spawn::new((), move |(), cx| {
            cx.subscriber(topic!(TcpChannel { source: them.clone(), destination: us.clone(), .. }));
            cx.send(TcpChannel::bytes(&us, &them, "goodbye"));
            cx.send(TcpChannel { source: us, destination: them, subpacket: TcpSubPacket::Eof });
        })
    }))?;
    let client = connect(program.bound(&us)?)?;
    assert_eq!(read_to_end(&client)?, b"goodbye");
    Ok(())
}
