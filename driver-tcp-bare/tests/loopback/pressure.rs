//! Back-pressure: the cost of a slow reader, and the messages to its session.

use std::io::{ErrorKind, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::ensure;
use driver_tcp_bare::{TcpAddress, TcpChannel, TcpCounters, TcpPressure};
use marketplace_core::{Spawn, topic};
use marketplace_testing::wait_until;

use crate::support::{
    Pressure, Program, Random, Remote, Session, connect, data, data_at, echo_server_with, exchange, listen,
    options, read_exact, read_to_end,
};

const HIGH: usize = 64 * 1024;
const LOW: usize = 16 * 1024;

/// More than all buffers between a session and a peer that does not read can hold.
const FLOOD: usize = 16 << 20;

/// More than the system's buffers hold for a peer that reads slowly.
const GROWN_FLOOD: usize = 64 << 20;

/// A client, its session, the session's `TcpPressure` messages, and the driver's counters.
struct Pair {
    program: Program,
    client: TcpStream,
    session: Session,
    pressure: Pressure,
    counters: Arc<TcpCounters>,
}

fn pair() -> anyhow::Result<Pair> {
    let driver = options().high_water_mark(HIGH).low_water_mark(LOW).hard_limit(usize::MAX);
    let counters = driver.counters();
    let program = Program::with(driver)?;
    let listening = program.listening(&TcpAddress::listener(0))?;
    let client = connect(listening.address)?;
    let session = listening.session()?;
    let pressure = program.pressure(&session.us, &session.them)?;
    Ok(Pair { program, client, session, pressure, counters })
}

#[test]
fn a_session_is_informed_once_that_it_is_full_and_once_that_it_has_room() -> anyhow::Result<()> {
    let Pair { program, client, session, pressure, counters } = pair()?;
    let sent = data(FLOOD);
    session.send(sent[..FLOOD - HIGH].to_vec())?;
    assert!(pressure.next()?);
    sent[FLOOD - HIGH..].chunks(1024).try_for_each(|piece| session.send(piece.to_vec()))?;
    let (reporter, is_sent) = program.reports();
    session.process.run(move |_| reporter.report(()))?;
    is_sent.next()?;
    assert_eq!(counters.paused(), 0, "a session that publishes `TcpPressure` is still read");

    // The client reads until at most the low-water mark can be left, and no further.
    let mut received = Vec::new();
    let unsent = || FLOOD as u64 - counters.bytes_out();
    let changes = loop {
        if unsent() <= LOW as u64 {
            break pressure.next()?;
        }
        received.extend(read_exact(&client, 1024)?);
        if let Some(full) = pressure.rest().pop() {
            break full;
        }
    };
    assert!(!changes, "informed twice that it is full");
    assert!(unsent() <= LOW as u64, "room again with {} bytes left", unsent());
    assert_eq!(counters.paused(), 0);

    received.extend(read_exact(&client, FLOOD - received.len())?);
    assert!(received == sent, "the received bytes are different");
    session.quit()?;
    assert_eq!(read_to_end(&client)?, b"");
    assert_eq!(pressure.rest(), []);
    Ok(())
}

#[test]
fn a_queue_that_stays_under_the_mark_sends_no_pressure() -> anyhow::Result<()> {
    let Pair { program: _program, client, session, pressure, .. } = pair()?;
    let sent = data(HIGH);
    for _ in 0..20 {
        session.send(sent.clone())?;
        assert!(read_exact(&client, HIGH)? == sent, "the received bytes are different");
    }
    session.quit()?;
    assert_eq!(read_to_end(&client)?, b"");
    assert_eq!(pressure.rest(), []);
    Ok(())
}

#[test]
fn a_session_is_informed_of_each_change_in_turn_for_any_pace_of_the_peer() -> anyhow::Result<()> {
    let Pair { program: _program, client, session, pressure, .. } = pair()?;
    let mut random = Random(7);
    let (mut sent, mut received) = (0, 0);
    let mut changes = Vec::new();
    for round in 0..60 {
        let fills = round % 2 == 0;
        while changes.last().copied().unwrap_or_default() != fills {
            if fills && sent - received < GROWN_FLOOD {
                let count = random.size(20);
                session.send(data_at(sent, count))?;
                sent += count;
            } else if !fills && received < sent {
                let count = random.size(20).min(sent - received);
                ensure!(
                    read_exact(&client, count)? == data_at(received, count),
                    "the received bytes are different"
                );
                received += count;
            } else {
                changes.push(pressure.next()?);
            }
            changes.extend(pressure.rest());
        }
    }
    assert_alternates(&changes);
    Ok(())
}

fn assert_alternates(changes: &[bool]) {
    for (number, full) in changes.iter().enumerate() {
        assert_eq!(*full, number % 2 == 0, "change {number} of {changes:?}");
    }
}

#[test]
fn a_session_that_sends_without_end_is_informed_of_each_change_in_turn() -> anyhow::Result<()> {
    let Pair { program: _program, client, session, pressure, .. } = pair()?;
    let piece = data(2 * HIGH);
    let rounds = 400;
    thread::scope(|scope| {
        let reader = scope.spawn(|| read_exact(&client, rounds * piece.len()));
        for _ in 0..rounds {
            session.send(piece.clone())?;
        }
        reader.join().expect("the reader must not panic")
    })?;
    session.quit()?;
    assert_eq!(read_to_end(&client)?, b"");
    let changes = pressure.rest();
    assert_alternates(&changes);
    assert_ne!(changes.last(), Some(&true), "nothing is queued any more");
    Ok(())
}

#[test]
fn a_session_that_sends_much_in_one_turn_is_informed_of_each_change_in_turn() -> anyhow::Result<()> {
    let Pair { program: _program, client, session, pressure, .. } = pair()?;
    let (pieces, piece) = (900, data(HIGH / 8));
    let all = pieces * piece.len();
    let message = TcpChannel::bytes(&session.us, &session.them, piece);
    thread::scope(|scope| {
        let reader = scope.spawn(|| read_exact(&client, all));
        session.process.run(move |cx| (0..pieces).for_each(|_| cx.send(message.clone())))?;
        reader.join().expect("the reader must not panic")
    })?;
    session.quit()?;
    assert_eq!(read_to_end(&client)?, b"");
    let changes = pressure.rest();
    assert_alternates(&changes);
    assert_ne!(changes.last(), Some(&true), "nothing is queued any more");
    Ok(())
}

/// A session that sends `pieces` pieces, but nothing while its connection is full.
fn considerate(them: TcpAddress, us: TcpAddress, pieces: usize) -> Spawn {
    let burst = move |left: &mut usize, send: &mut dyn FnMut(usize)| {
        let count = 8.min(*left);
        (0..count).for_each(|number| send(pieces - *left + number));
        *left -= count;
    };
    Spawn::new(pieces, move |_, cx| {
        let (source, destination) = (us.clone(), them.clone());
        cx.publisher(topic!(TcpPressure { source: us.clone(), destination: them.clone(), .. })).on_message(
            move |left, cx, pressure| {
                if !pressure.full {
                    burst(left, &mut |number| {
                        cx.send(TcpChannel::bytes(&source, &destination, data_at(number * HIGH, HIGH)));
                    });
                    if *left == 0 {
                        cx.quit();
                    }
                }
            },
        );
        cx.publisher(TcpChannel::flow(&us, &them)).on_presence(move |left, cx, _| {
            burst(left, &mut |number| cx.send(TcpChannel::bytes(&us, &them, data_at(number * HIGH, HIGH))));
        });
    })
}

#[test]
fn a_session_that_waits_while_full_sends_as_fast_as_the_peer_reads() -> anyhow::Result<()> {
    // At most the high-water mark and one burst are queued at any time.
    let driver = options().high_water_mark(HIGH).low_water_mark(LOW).hard_limit(9 * HIGH);
    let program = Program::with(driver)?;
    let us = TcpAddress::listener(0);
    program.spawn(listen(us.clone(), |them, us| considerate(them, us, 512)))?;
    let client = connect(program.bound(&us)?)?;
    assert!(read_to_end(&client)? == data(512 * HIGH), "the received bytes are different");
    Ok(())
}

#[test]
fn a_session_is_informed_of_a_full_queue_before_its_connection_is_open() -> anyhow::Result<()> {
    let program = Program::with(options().high_water_mark(HIGH).low_water_mark(LOW))?;
    let remote = Remote::listen()?;
    let (us, them) = (TcpAddress::handle("early"), remote.address()?);
    let pressure = program.pressure(&us, &them)?;
    let message = TcpChannel::bytes(&us, &them, data(HIGH + 1));
    let session = program.busy_session(&us, &them, |cx| cx.send(message))?;
    let peer = remote.accept()?;
    assert!(pressure.next()?);
    // A second message if the connection is full when it is opened.
    while pressure.next()? {}
    session.quit()?;
    assert!(read_to_end(&peer)? == data(HIGH + 1), "the received bytes are different");
    assert_eq!(pressure.rest(), []);
    Ok(())
}

#[test]
fn a_client_of_an_echo_that_does_not_read_is_not_read_until_it_does() -> anyhow::Result<()> {
    let driver = options().high_water_mark(HIGH).low_water_mark(LOW);
    let counters = driver.counters();
    let (_program, address) = echo_server_with(driver)?;
    let (client, other) = (connect(address)?, connect(address)?);
    let written = push(&client)?;
    assert_eq!(counters.paused(), 1);
    // One read may exceed the mark.
    let held = counters.bytes_in() - counters.bytes_out();
    assert!(held <= (HIGH + 64 * 1024) as u64, "{held} bytes are queued");
    exchange(&other, b"in the meantime")?;

    let mut place = 0;
    while place < written {
        let count = (written - place).min(100_000);
        ensure!(read_exact(&client, count)? == data_at(place, count), "the received bytes are different");
        place += count;
    }
    wait_until(|| Ok(counters.paused() == 0))?;
    exchange(&client, b"and afterwards")?;
    Ok(())
}

/// Writes as long as bytes are accepted, and returns how many were.
fn push(mut client: &TcpStream) -> anyhow::Result<usize> {
    client.set_write_timeout(Some(Duration::from_millis(500)))?;
    let mut written = 0;
    while written < 256 << 20 {
        match client.write(&data_at(written, 60_000)) {
            Ok(count) => written += count,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                return Ok(written);
            }
            Err(error) => return Err(error.into()),
        }
    }
    anyhow::bail!("{written} bytes are accepted from a client that reads nothing")
}

#[test]
fn a_connection_that_is_full_still_ends_with_its_session() -> anyhow::Result<()> {
    let Pair { program, client, session, pressure, counters } = pair()?;
    session.send(data(FLOOD))?;
    assert!(pressure.next()?);
    session.quit()?;
    let (reporter, received) = program.reports();
    thread::scope(|scope| {
        scope.spawn(|| reporter.report(read_to_end(&client)));
        assert!(received.next()?? == data(FLOOD), "the received bytes are different");
        anyhow::Ok(())
    })?;
    drop(client);
    wait_until(|| Ok(counters.open() == 0))?;
    assert_eq!(counters.paused(), 0);
    Ok(())
}
