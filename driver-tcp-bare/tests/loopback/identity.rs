//! Connections that sessions cannot distinguish, and endpoints that are added late.

use std::io::Read as _;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use driver_tcp_bare::{TcpAddress, TcpChannel, TcpChannelPattern, TcpDriver, TcpPressure, TcpSubPacket};
use marketplace_core::{Context, Spawn, topic};
use marketplace_testing::Reporter;
use socket2::{Domain, Socket, Type};

use crate::support::{
    Program, Remote, connect, data, echo_server_with, exchange, options, read_exact, read_to_end, write_all,
};

/// A client's end at a port of its choice.
fn connect_from(local: SocketAddr, remote: SocketAddr) -> anyhow::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.bind(&local.into())?;
    socket.connect(&remote.into())?;
    socket.set_read_timeout(Some(Duration::from_secs(30)))?;
    Ok(socket.into())
}

#[test]
#[cfg(target_os = "linux")]
fn a_client_that_connects_twice_from_one_port_has_one_connection() -> anyhow::Result<()> {
    let driver = TcpDriver::new().bind_address(Ipv4Addr::UNSPECIFIED);
    let counters = driver.counters();
    let (_program, address) = echo_server_with(driver)?;
    let first = connect_from(([127, 0, 0, 1], 0).into(), ([127, 0, 0, 1], address.port()).into())?;
    exchange(&first, b"the first")?;
    // Another address of the server, so for the system it is another connection.
    let second = connect_from(first.local_addr()?, ([127, 0, 0, 2], address.port()).into())?;
    let _closed_or_reset = read_to_end(&second);
    assert_eq!(counters.refused(), 1);
    exchange(&first, b"still there")?;
    drop(first);
    Ok(())
}

/// A session that deletes its subscriber at each message, and adds it again a turn later.
struct Restless {
    inbound: TcpChannelPattern,
    received: Reporter<Vec<u8>>,
}

impl Restless {
    fn spawn(them: &TcpAddress, us: &TcpAddress, received: Reporter<Vec<u8>>) -> Spawn {
        let outbound = TcpChannel::flow(us, them);
        Spawn::new(Self { inbound: TcpChannel::flow(them, us), received }, |restless, cx| {
            cx.publisher(outbound);
            restless.read(cx);
        })
    }

    fn read(&self, cx: &mut Context<'_, Self>) {
        cx.subscriber(self.inbound.clone()).named("in").on_message(Self::receive);
    }

    fn receive(&mut self, cx: &mut Context<'_, Self>, channel: &TcpChannel) {
        match &channel.subpacket {
            TcpSubPacket::Bytes(bytes) => self.received.report(bytes.to_vec()),
            TcpSubPacket::Eof => cx.quit(),
        }
        cx.delete("in");
        cx.yield_then(|restless, cx| restless.read(cx));
    }
}

#[test]
fn nothing_is_lost_for_a_session_that_deletes_its_subscriber_at_each_message() -> anyhow::Result<()> {
    let program = Program::start()?;
    let listening = program.listening(&TcpAddress::listener(0))?;
    let client = connect(listening.address)?;
    let (them, us) = listening.next()?;
    let (reporter, received) = program.reports();
    program.spawn(Restless::spawn(&them, &us, reporter))?;
    let sent = data(1 << 20);
    sent.chunks(1000).try_for_each(|piece| write_all(&client, piece))?;
    client.shutdown(Shutdown::Write)?;
    let all = received.all()?.concat();
    assert!(all == sent, "{} of {} bytes", all.len(), sent.len());
    Ok(())
}

#[test]
fn a_late_publisher_of_pressure_is_informed_that_a_connection_is_full() -> anyhow::Result<()> {
    let program = Program::with(options().hard_limit(usize::MAX))?;
    let listening = program.listening(&TcpAddress::listener(0))?;
    let client = connect(listening.address)?;
    let session = listening.session()?;
    let early = program.pressure(&session.us, &session.them)?;
    session.send(data(16 << 20))?;
    assert!(early.next()?);
    let late = program.pressure(&session.us, &session.them)?;
    assert!(late.next()?);
    drop(client);
    Ok(())
}

#[test]
fn a_session_that_uses_a_handle_again_is_not_informed_that_its_former_connection_is_full()
-> anyhow::Result<()> {
    let program = Program::with(options().hard_limit(usize::MAX))?;
    let remote = Remote::listen()?;
    let (us, them) = (TcpAddress::handle("again"), remote.address()?);
    let former = program.session(&us, &them)?;
    let pressure = program.pressure(&us, &them)?;
    former.send(data(16 << 20))?;
    assert!(pressure.next()?);
    let _first = remote.accept()?;
    former.quit()?;

    let pressure = program.pressure(&us, &them)?;
    let session = program.session(&us, &them)?;
    let second = remote.accept()?;
    session.send("hello")?;
    assert_eq!(read_exact(&second, 5)?, b"hello");
    assert_eq!(pressure.rest(), []);
    Ok(())
}

#[test]
fn a_connection_that_loses_bytes_is_reset_and_not_closed() -> anyhow::Result<()> {
    let program = Program::with(options().hard_limit(1 << 20))?;
    let listening = program.listening(&TcpAddress::listener(0))?;
    let mut client = connect(listening.address)?;
    let session = listening.session()?;
    session.wait_until_open()?;
    session.send(data(16 << 20))?;
    let mut piece = [0; 65536];
    let ending = loop {
        match client.read(&mut piece) {
            Ok(0) => break None,
            Ok(_) => {}
            Err(error) => break Some(error.kind()),
        }
    };
    assert_eq!(ending, Some(std::io::ErrorKind::ConnectionReset));
    Ok(())
}

#[test]
fn a_keep_alive_that_the_system_would_refuse_costs_no_connection() -> anyhow::Result<()> {
    for idle in [Duration::ZERO, Duration::from_secs(86_400)] {
        let (_program, address) = echo_server_with(options().keep_alive(idle))?;
        exchange(&connect(address)?, b"served")?;
    }
    Ok(())
}

#[test]
fn the_topic_of_pressure_is_that_of_the_flow() {
    let (us, them) = (TcpAddress::handle(1), TcpAddress::remote("localhost", 1));
    let topic = TcpPressure::flow(&us, &them);
    assert_eq!(topic, topic!(TcpPressure { source: us, destination: them, .. }));
}
