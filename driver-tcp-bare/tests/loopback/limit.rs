//! The limits of the queue for a peer, and of the number of connections.

use std::io::{self, ErrorKind, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use driver_tcp_bare::{TcpAddress, TcpChannel};
use marketplace_testing::{ReasonKind, TIMEOUT, wait_until};

use crate::support::{
    Program, Remote, Session, SessionEvent, connect, data, echo_server_with, exchange, is_cut_off, options,
    read_exact, read_to_end, write_all,
};

const LIMIT: usize = 4 << 20;

/// More than all buffers between a session and a peer that does not read can hold.
const FLOOD: usize = 32 << 20;

/// Checks that a session sees the end of its connection because of the limit, in both directions.
fn assert_is_over_the_limit(session: &Session) -> anyhow::Result<()> {
    let why =
        format!("the peer reads too slowly: more than {LIMIT} bytes are queued for it (the hard limit)");
    let absence = || SessionEvent::Absence(ReasonKind::Other(why.clone()));
    let mut seen = session.inbound.next()?;
    while matches!(seen, SessionEvent::Presence | SessionEvent::Bytes(_)) {
        seen = session.inbound.next()?;
    }
    assert_eq!(seen, absence());
    assert_eq!((session.outbound.next()?, session.outbound.next()?), (SessionEvent::Presence, absence()));
    Ok(())
}

#[test]
fn the_connection_of_a_session_that_keeps_sending_ends_with_a_reason_that_says_so() -> anyhow::Result<()> {
    let driver = options().hard_limit(LIMIT);
    let counters = driver.counters();
    let program = Program::with(driver)?;
    let listening = program.listening(&TcpAddress::listener(0))?;
    let other = connect(listening.address)?;
    let spared = listening.session()?;
    let client = connect(listening.address)?;
    let session = listening.session()?;
    for piece in data(FLOOD).chunks(1 << 20) {
        session.send(piece.to_vec())?;
        spared.send("untouched")?;
    }
    assert_is_over_the_limit(&session)?;
    wait_until(|| Ok(counters.open() == 1))?;
    drop(client);

    write_all(&other, b"are you there?")?;
    assert_eq!(spared.receive(14)?, b"are you there?");
    assert_eq!(read_exact(&other, 9 * (FLOOD >> 20))?, b"untouched".repeat(FLOOD >> 20));
    connect(listening.address)?;
    listening.session()?.wait_until_open()
}

#[test]
fn a_peer_that_sends_without_end_does_not_delay_the_end() -> anyhow::Result<()> {
    let driver = options().hard_limit(LIMIT);
    let counters = driver.counters();
    let program = Program::with(driver)?;
    let listening = program.listening(&TcpAddress::listener(0))?;
    let client = connect(listening.address)?;
    let session = listening.session()?;
    let is_over = AtomicBool::new(false);
    let (reporter, read_before) = program.reports();
    let message = TcpChannel::bytes(&session.us, &session.them, data(FLOOD));
    let read = thread::scope(|scope| {
        // One of the clients always has data ready.
        for _ in 0..2 {
            scope.spawn(|| push_until(&client, &is_over));
        }
        let outcome = session.receive(LIMIT).and_then(|_| {
            let counters = Arc::clone(&counters);
            session.process.run(move |cx| {
                reporter.report(counters.bytes_in());
                cx.send(message);
            })?;
            assert_is_over_the_limit(&session)
        });
        is_over.store(true, Ordering::Relaxed);
        outcome.and_then(|()| Ok(counters.bytes_in() - read_before.next()?))
    })?;
    assert!(read < FLOOD as u64, "{read} bytes are read once the session has sent too much");
    Ok(())
}

/// Writes until `is_over`.
fn push_until(mut client: &TcpStream, is_over: &AtomicBool) {
    let piece = data(100_000);
    let mut left = 2000;
    while left > 0 && !is_over.load(Ordering::Relaxed) && client.write(&piece).is_ok() {
        left -= 1;
    }
}

#[test]
fn the_limit_applies_to_data_sent_before_a_connection_is_open() -> anyhow::Result<()> {
    let program = Program::with(options().hard_limit(LIMIT))?;
    let remote = Remote::listen()?;
    let (us, them) = (TcpAddress::handle("early"), remote.address()?);
    let message = TcpChannel::bytes(&us, &them, data(LIMIT + 1));
    let session = program.busy_session(&us, &them, |cx| cx.send(message))?;
    assert_is_over_the_limit(&session)?;
    assert!(is_cut_off(&remote.accept()?)?);
    Ok(())
}

#[test]
fn exactly_the_limit_may_be_queued() -> anyhow::Result<()> {
    let program = Program::with(options().hard_limit(LIMIT))?;
    let listening = program.listening(&TcpAddress::listener(0))?;
    let client = connect(listening.address)?;
    let session = listening.session()?;
    session.send(data(LIMIT))?;
    session.quit()?;
    assert!(read_to_end(&client)? == data(LIMIT), "the received bytes are different");
    Ok(())
}

#[test]
fn connections_above_the_limit_are_closed_at_once_and_a_closed_one_makes_room() -> anyhow::Result<()> {
    const MOST: usize = 5;
    let driver = options().max_connections(MOST);
    let counters = driver.counters();
    let (_program, address) = echo_server_with(driver)?;
    let staying = (0..MOST).map(|_| connect(address)).collect::<anyhow::Result<Vec<_>>>()?;
    for client in &staying {
        exchange(client, b"there is a place")?;
    }
    let flood = (0..300).map(|_| connect_unless_reset(address)).collect::<anyhow::Result<Vec<_>>>()?;
    for client in flood.iter().flatten() {
        assert!(is_cut_off(client)?);
    }
    assert_eq!((counters.accepted(), counters.refused()), (MOST as u64, 300));
    for round in 0..3 {
        for client in &staying[round..] {
            exchange(client, b"untouched")?;
        }
        staying[round].shutdown(Shutdown::Both)?;
        // There is room only after the connection is closed at the driver's end too.
        wait_until(|| Ok(connect(address).and_then(|client| exchange(&client, b"in its place")).is_ok()))?;
    }
    Ok(())
}

/// Connects. Returns `None` if the connection was closed before `connect` returned.
fn connect_unless_reset(address: SocketAddr) -> anyhow::Result<Option<TcpStream>> {
    connect(address).map(Some).or_else(|error| match error.downcast_ref::<io::Error>() {
        Some(reset) if reset.kind() == ErrorKind::ConnectionReset => Ok(None),
        _ => Err(error),
    })
}

#[test]
fn outbound_connections_do_not_count_for_the_limit() -> anyhow::Result<()> {
    let program = Program::with(options().max_connections(0))?;
    let remote = Remote::listen()?;
    let session = program.session(&TcpAddress::handle("outbound"), &remote.address()?)?;
    remote.accept()?;
    session.wait_until_open()
}

/// On Linux, all of 127.0.0.0/8 belongs to this machine.
#[cfg(target_os = "linux")]
#[test]
fn connections_above_the_limit_for_one_address_are_closed_and_others_are_not() -> anyhow::Result<()> {
    const MOST: usize = 3;
    let driver = options().max_connections_per_address(MOST).max_connections(2 * MOST + 1);
    let counters = driver.counters();
    let (_program, address) = echo_server_with(driver)?;
    let mut served = Vec::new();
    for host in 1..=2 {
        let clients = (0..MOST).map(|_| connect_from(host, address)).collect::<anyhow::Result<Vec<_>>>()?;
        for client in &clients {
            exchange(client, b"there is a place")?;
        }
        assert!(is_cut_off(&connect_from(host, address)?)?);
        served.extend(clients);
    }
    assert_eq!((counters.accepted(), counters.refused()), (2 * MOST as u64, 2));
    let third = connect_from(3, address)?;
    exchange(&third, b"the last place of all")?;
    assert!(is_cut_off(&connect_from(3, address)?)?, "there may be seven in all");

    drop(served.swap_remove(0));
    wait_until(|| Ok(connect_from(1, address).and_then(|client| exchange(&client, b"again")).is_ok()))
}

#[cfg(target_os = "linux")]
fn connect_from(host: u8, address: SocketAddr) -> anyhow::Result<TcpStream> {
    use socket2::{Domain, Socket, Type};

    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from(([127, 0, 0, host], 0)).into())?;
    socket.connect_timeout(&address.into(), TIMEOUT)?;
    socket.set_read_timeout(Some(TIMEOUT))?;
    Ok(socket.into())
}
