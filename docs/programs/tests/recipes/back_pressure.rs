//! Back-pressure end to end: a proxy that reads one connection no faster than the other takes it.

use driver_tcp_bare::{TcpAddress, TcpChannel, TcpPressure, TcpSubPacket};
use marketplace_core::{Context, Spawn, Stopping, Value, topic};

/// A client's connection, and the connection to the server that belongs to it.
struct Session {
    /// From the client to the server, and back.
    directions: [Direction; 2],
    /// The number of directions that have ended.
    ended: usize,
}

/// What arrives on one connection is sent on the other. A connection is our address and the peer's.
struct Direction {
    from: (TcpAddress, TcpAddress),
    to: (TcpAddress, TcpAddress),
    is_full: bool,
}

/// Opens a connection to the server for each client of a port.
fn proxy(port: u16, server: TcpAddress) -> Spawn {
    Spawn::new((), move |(), cx| {
        let us = TcpAddress::listener(port);
        // A client that has sent everything may still receive. Its subscriber lasts as long as the connection.
        cx.observe_subscribers(topic!(TcpChannel { source: us, destination: _, .. })).for_each_conversation(
            move |conversation| conversation.ends().map(|client| session(client, server.clone())),
        );
    })
}

fn session(client: (TcpAddress, TcpAddress), server: TcpAddress) -> Spawn {
    let server = (TcpAddress::handle(Value::unique("proxy")), server);
    let direction =
        |from: &(_, _), to: &(_, _)| Direction { from: from.clone(), to: to.clone(), is_full: false };
    let directions = [direction(&client, &server), direction(&server, &client)];
    Spawn::new(Session { directions, ended: 0 }, |session, cx| {
        (0..2).for_each(|number| session.begin(cx, number));
        cx.observe_publishers(topic!(Stopping { .. })).on_presence(|_, cx, _| cx.quit());
    })
}

impl Session {
    fn begin(&self, cx: &mut Context<'_, Self>, number: usize) {
        let (us, peer) = &self.directions[number].to;
        // If one connection is lost, the session ends, and with it the other connection.
        cx.publisher(TcpChannel::flow(us, peer))
            .on_absence(|_, cx, _driver, reason| cx.quit_because(reason.clone()));
        // Feedback, which publishers receive.
        cx.publisher(TcpPressure::flow(us, peer)).on_message(move |session: &mut Self, cx, pressure| {
            session.directions[number].is_full = pressure.full;
            if !pressure.full {
                session.read(cx, number);
            }
        });
        self.read(cx, number);
    }

    fn read(&self, cx: &mut Context<'_, Self>, number: usize) {
        let (us, peer) = &self.directions[number].from;
        cx.subscriber(TcpChannel::flow(peer, us))
            .named(number)
            .on_message(move |session, cx, packet| session.forward(cx, number, &packet.subpacket));
    }

    fn forward(&mut self, cx: &mut Context<'_, Self>, number: usize, subpacket: &TcpSubPacket) {
        let direction = &self.directions[number];
        let (source, destination) = direction.to.clone();
        cx.send(TcpChannel { source, destination, subpacket: subpacket.clone() });
        if *subpacket == TcpSubPacket::Eof {
            self.ended += 1;
            if self.ended == self.directions.len() {
                cx.quit();
            }
        } else if direction.is_full {
            // Stops reading. What the peer sends waits in the socket, and then at the peer.
            cx.delete(number);
        }
    }
}

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

use anyhow::Context as _;
use driver_tcp_bare::{TcpBound, TcpDriver};
use marketplace_core::{Ground, Pattern};
use marketplace_testing::{Inbox, InboxEvent, TestProgram};

/// The two connections of a session, as a test that stands in for the driver sees them.
struct Stage {
    program: TestProgram,
    client: (TcpAddress, TcpAddress),
    server: (TcpAddress, TcpAddress),
    /// What the session sends to the server.
    sent: Inbox<TcpChannel>,
    /// Whether the session reads what the client sends.
    reading: Inbox<TcpChannel>,
}

fn stage() -> anyhow::Result<Stage> {
    let program = TestProgram::by_hand(Ground::new());
    let client = (TcpAddress::listener(5999), TcpAddress::remote("192.0.2.1", 1234));
    let remote = TcpAddress::remote("192.0.2.2", 80);
    let to_server = topic!(TcpChannel { source: TcpAddress::Handle { id: _ }, destination: &remote, .. });
    let mut sent = program.subscriber(to_server)?;
    let mut reading = program.publisher(TcpChannel::flow(&client.1, &client.0))?;
    program.spawn(session(client.clone(), remote))?;
    let server = sent.presence()?.ends().context("both ends are known")?;
    reading.presence()?;
    Ok(Stage { program, client, server, sent, reading })
}

impl Stage {
    fn client_sends(&self, text: &'static str) -> anyhow::Result<()> {
        self.program.send(TcpChannel::bytes(&self.client.1, &self.client.0, text))
    }

    fn server_is_full(&self, full: bool) -> anyhow::Result<()> {
        let (source, destination) = self.server.clone();
        self.program.send_feedback(TcpPressure { source, destination, full })
    }

    fn arrives(&mut self, text: &'static str) -> anyhow::Result<()> {
        let expected = TcpChannel::bytes(&self.server.0, &self.server.1, text);
        assert_eq!(*self.sent.message()?, expected);
        Ok(())
    }
}

#[test]
fn a_session_stops_reading_while_the_other_side_is_full() -> anyhow::Result<()> {
    let mut stage = stage()?;
    stage.client_sends("one")?;
    stage.arrives("one")?;
    stage.server_is_full(true)?;
    stage.reading.nothing()?;
    stage.client_sends("two")?;
    stage.arrives("two")?;
    stage.reading.absence()?;
    stage.server_is_full(false)?;
    stage.reading.presence()?;
    stage.client_sends("three")?;
    stage.arrives("three")
}

#[test]
fn a_session_ends_when_both_directions_have() -> anyhow::Result<()> {
    let mut stage = stage()?;
    stage.program.send(TcpChannel::eof(&stage.client.1, &stage.client.0))?;
    assert_eq!(stage.sent.message()?.subpacket, TcpSubPacket::Eof);
    stage.reading.nothing()?;
    stage.program.send(TcpChannel::eof(&stage.server.1, &stage.server.0))?;
    assert!(stage.reading.absence()?.as_error().is_none());
    Ok(())
}

#[test]
fn a_session_ends_when_one_connection_is_lost() -> anyhow::Result<()> {
    let mut stage = stage()?;
    stage.sent.close()?;
    stage.reading.absence()?;
    Ok(())
}

#[test]
fn a_client_that_sends_much_to_a_slow_server_waits_for_it() -> anyhow::Result<()> {
    let server = TcpListener::bind("127.0.0.1:0")?;
    // A proxy that did not wait would have its connection closed above the hard limit.
    let driver = TcpDriver::new().bind_address([127, 0, 0, 1]).hard_limit(1 << 20);
    let ground = Ground::new().spawn(driver.spawn()).spawn(proxy(0, server.local_addr()?.into()));
    let program = TestProgram::run(ground)?;
    let mut bound = program.observe_publishers(topic!(TcpBound { .. }))?;
    let address = bound.presence()?.address.value().context("the address is known")?;
    let from_client = topic!(TcpChannel { source: _, destination: TcpAddress::Listener { port: 0 }, .. });
    let mut reading = program.observe_subscribers(from_client)?;

    // More than the system's buffers take.
    let data = b"a line, one of very many\n".repeat(1 << 20);
    let sent = data.clone();
    let mut client = TcpStream::connect(address)?;
    let sending = thread::spawn(move || {
        client.write_all(&sent)?;
        client.shutdown(Shutdown::Write)?;
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).map(|_| answer)
    });
    let (mut accepted, _) = server.accept()?;
    // The server does not read before the proxy has stopped to do so.
    reading.find(|event| matches!(event, InboxEvent::Absence { .. }).then_some(()))?;
    let mut received = Vec::new();
    accepted.read_to_end(&mut received)?;
    assert!(received == data, "{} bytes have arrived", received.len());
    accepted.write_all(b"thanks")?;
    drop(accepted);
    assert_eq!(sending.join().expect("the client does not panic")?, b"thanks");
    program.stop()
}
