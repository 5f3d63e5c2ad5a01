//! Stopping (rule S18): accepted work is finished, and no new work begins.

use std::io::Read as _;
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::ensure;
use driver_tcp_bare::{TcpAddress, TcpChannel, TcpSubPacket};
use marketplace_core::Spawn;
use marketplace_testing::{TIMEOUT, wait_until};

use crate::support::{
    Program, Remote, connect, data, data_at, echo_server, echo_server_with, exchange, is_refused, listen,
    options, read_to_end, unanswered, write_all,
};

#[test]
fn a_program_with_nothing_open_stops_at_once() -> anyhow::Result<()> {
    let program = Program::start()?;
    program.ask_to_stop()?;
    program.outcome()
}

#[test]
fn a_stop_closes_the_port_and_ends_the_connections() -> anyhow::Result<()> {
    let (program, address) = echo_server()?;
    let clients = [connect(address)?, connect(address)?];
    for client in &clients {
        exchange(client, b"before the stop")?;
    }
    program.ask_to_stop()?;
    for client in clients {
        assert_eq!(read_to_end(&client)?, b"");
    }
    program.outcome()?;
    assert!(is_refused(address)?);
    Ok(())
}

#[test]
fn a_stop_lets_a_session_answer_and_the_answer_be_read_slowly() -> anyhow::Result<()> {
    let program = Program::start()?;
    let us = TcpAddress::listener(0);
    let (reporter, received) = program.reports();
    program.spawn(listen(us.clone(), move |them, us| {
        let reporter = reporter.clone();
        answering_at_the_end(them, us, move |count| reporter.report(count))
    }))?;
    let client = connect(program.bound(&us)?)?;
    let sent = data(1 << 20);
    write_all(&client, &sent)?;
    while received.next()? < sent.len() {}
    program.ask_to_stop()?;
    let answer = read_to_end(&client)?;
    assert!(answer == sent.repeat(8), "the answer is different, {} bytes long", answer.len());
    drop(client);
    program.outcome()
}

/// A session that sends everything it has received eight times, after the end of its input.
fn answering_at_the_end(them: TcpAddress, us: TcpAddress, heard: impl Fn(usize) + Send + 'static) -> Spawn {
    Spawn::new(Vec::new(), move |_, cx| {
        cx.publisher(TcpChannel::flow(&us, &them));
        cx.subscriber(TcpChannel::flow(&them, &us))
            .on_message(move |bytes, _, channel| {
                if let TcpSubPacket::Bytes(more) = &channel.subpacket {
                    bytes.extend_from_slice(more);
                    heard(bytes.len());
                }
            })
            .on_absence(move |bytes: &mut Vec<u8>, cx, _, _| {
                for _ in 0..8 {
                    cx.send(TcpChannel::bytes(&us, &them, bytes.clone()));
                }
                cx.quit();
            });
    })
}

#[test]
fn connections_without_a_session_end_with_a_stop() -> anyhow::Result<()> {
    let program = Program::start()?;
    let listening = program.listening(&TcpAddress::listener(0))?;
    let client = connect(listening.address)?;
    listening.next()?;
    program.ask_to_stop()?;
    assert_eq!(read_to_end(&client)?, b"");
    drop(client);
    program.outcome()
}

#[test]
fn an_outbound_connection_finishes_too() -> anyhow::Result<()> {
    let program = Program::start()?;
    let remote = Remote::listen()?;
    let (us, them) = (TcpAddress::handle("stopped"), remote.address()?);
    let (reporter, received) = program.reports();
    program.spawn(answering_at_the_end(them, us, move |count| reporter.report(count)))?;
    let peer = remote.accept()?;
    write_all(&peer, b"question")?;
    while received.next()? < 8 {}
    program.ask_to_stop()?;
    assert_eq!(read_to_end(&peer)?, b"question".repeat(8));
    drop(peer);
    program.outcome()
}

#[test]
fn a_connect_that_is_not_answered_does_not_delay_a_stop() -> anyhow::Result<()> {
    let program = Program::start()?;
    let (them, _full) = unanswered()?;
    let session = program.session(&TcpAddress::handle("hanging"), &them)?;
    program.listening(&TcpAddress::listener(0))?;
    program.ask_to_stop()?;
    program.outcome()?;
    assert_eq!((session.inbound.rest(), session.outbound.rest()), (vec![], vec![]));
    Ok(())
}

#[test]
fn a_second_stop_without_time_drops_what_is_left() -> anyhow::Result<()> {
    let program = Program::start()?;
    let listening = program.listening(&TcpAddress::listener(0))?;
    let client = connect(listening.address)?;
    // A session that ignores the stop.
    let session = listening.session()?;
    session.wait_until_open()?;
    program.ask_to_stop()?;
    wait_until(|| is_refused(listening.address))?;
    program.ask_to_stop_within(Duration::ZERO)?;
    program.outcome()?;
    let _reset_or_not = read_to_end(&client);
    Ok(())
}

#[test]
fn all_accepted_data_of_two_hundred_streaming_clients_is_echoed_before_a_stop() -> anyhow::Result<()> {
    const CLIENTS: usize = 200;
    // The time limits are longer than the test, so that no client is cut off.
    let driver = options().linger(2 * TIMEOUT).stall_timeout(2 * TIMEOUT);
    let counters = driver.counters();
    let (program, address) = echo_server_with(driver)?;
    let clients = (0..CLIENTS).map(|_| connect(address)).collect::<anyhow::Result<Vec<_>>>()?;
    let streaming = AtomicUsize::new(0);
    let received = thread::scope(|scope| {
        let streams: Vec<_> =
            clients.into_iter().map(|client| scope.spawn(|| stream(client, &streaming))).collect();
        wait_until(|| Ok(streaming.load(Ordering::Relaxed) == CLIENTS))?;
        program.ask_to_stop_within(TIMEOUT)?;
        let start = Instant::now();
        program.outcome()?;
        assert!(start.elapsed() < TIMEOUT - Duration::from_secs(1), "only the deadline has ended it");
        let received = streams.into_iter().map(|stream| stream.join().expect("a client must not panic"));
        received.sum::<anyhow::Result<usize>>()
    })?;
    assert_eq!(received as u64, counters.bytes_in(), "all accepted bytes must be echoed");
    assert_eq!(counters.open(), 0);
    Ok(())
}

/// Sends without end, but only a little ahead of the echo. Returns how many bytes were echoed.
fn stream(client: TcpStream, streaming: &AtomicUsize) -> anyhow::Result<usize> {
    const AHEAD: usize = 64 * 1024;
    let (mut sent, mut received) = (0, 0);
    let mut buffer = vec![0; AHEAD];
    loop {
        while sent < received + AHEAD {
            write_all(&client, &data_at(sent, AHEAD / 4))?;
            sent += AHEAD / 4;
        }
        let count = (&client).read(&mut buffer)?;
        if count == 0 {
            return Ok(received);
        }
        ensure!(buffer[..count] == data_at(received, count), "the echoed bytes are different");
        if received < AHEAD && received + count >= AHEAD {
            streaming.fetch_add(1, Ordering::Relaxed);
        }
        received += count;
    }
}
