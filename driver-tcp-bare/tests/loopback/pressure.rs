//! Back-pressure: what a slow reader costs, and what its session is told.

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

/// More than all that lies between a session and a peer that does not read can hold.
const FLOOD: usize = 16 << 20;

/// More than the system's buffers grow to for a peer that reads, if slowly.
const GROWN_FLOOD: usize = 64 << 20;

/// A client, its session, what the session is told of pressure, and the driver's counters.
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
fn a_session_is_told_once_that_it_is_full_and_once_that_it_is_no_longer() -> anyhow::Result<()> {
    let Pair { program, client, session, pressure, counters } = pair()?;
    let sent = data(FLOOD);
    session.send(sent[..FLOOD - HIGH].to_vec())?;
    assert!(pressure.next()?);
    sent[FLOOD - HIGH..].chunks(1024).try_for_each(|piece| session.send(piece.to_vec()))?;
    let (reporter, is_sent) = program.reports();
    session.process.run(move |_| reporter.report(()))?;
    is_sent.next()?;
    assert_eq!(counters.paused(), 0, "who hears of pressure waits by itself");

    // The client reads until no more than the low-water mark can be left, and no further.
    let mut received = Vec::new();
    let unsent = || FLOOD as u64 - counters.bytes_out();
    let told = loop {
        if unsent() <= LOW as u64 {
            break pressure.next()?;
        }
        received.extend(read_exact(&client, 1024)?);
        if let Some(full) = pressure.rest().pop() {
            break full;
        }
    };
    assert!(!told, "told twice that it is full");
    assert!(unsent() <= LOW as u64, "relieved with {} bytes left", unsent());
    assert_eq!(counters.paused(), 0);

    received.extend(read_exact(&client, FLOOD - received.len())?);
    assert!(received == sent, "something else came");
    session.quit()?;
    assert_eq!(read_to_end(&client)?, b"");
    assert_eq!(pressure.rest(), []);
    Ok(())
}

#[test]
fn a_queue_that_stays_under_the_mark_is_not_told_of() -> anyhow::Result<()> {
    let Pair { program: _program, client, session, pressure, .. } = pair()?;
    let sent = data(HIGH);
    for _ in 0..20 {
        session.send(sent.clone())?;
        assert!(read_exact(&client, HIGH)? == sent, "something else came");
    }
    session.quit()?;
    assert_eq!(read_to_end(&client)?, b"");
    assert_eq!(pressure.rest(), []);
    Ok(())
}

#[test]
fn a_session_is_told_of_each_change_in_turn_however_the_peer_reads() -> anyhow::Result<()> {
    let Pair { program: _program, client, session, pressure, .. } = pair()?;
    let mut random = Random(7);
    let (mut sent, mut received) = (0, 0);
    let mut told = Vec::new();
    for round in 0..60 {
        let fills = round % 2 == 0;
        while told.last().copied().unwrap_or_default() != fills {
            if fills && sent - received < GROWN_FLOOD {
                let count = random.size(20);
                session.send(data_at(sent, count))?;
                sent += count;
            } else if !fills && received < sent {
                let count = random.size(20).min(sent - received);
                ensure!(read_exact(&client, count)? == data_at(received, count), "something else came");
                received += count;
            } else {
                told.push(pressure.next()?);
            }
            told.extend(pressure.rest());
        }
    }
    assert_alternates(&told);
    Ok(())
}

fn assert_alternates(told: &[bool]) {
    for (number, full) in told.iter().enumerate() {
        assert_eq!(*full, number % 2 == 0, "change {number} of {told:?}");
    }
}

#[test]
fn a_session_that_sends_without_end_is_told_of_each_change_in_turn() -> anyhow::Result<()> {
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
    let told = pressure.rest();
    assert_alternates(&told);
    assert_ne!(told.last(), Some(&true), "nothing is queued any more");
    Ok(())
}

#[test]
fn a_session_that_sends_much_in_one_turn_is_told_of_each_change_in_turn() -> anyhow::Result<()> {
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
    let told = pressure.rest();
    assert_alternates(&told);
    assert_ne!(told.last(), Some(&true), "nothing is queued any more");
    Ok(())
}

/// Sends so many pieces in all, whenever it is not told to wait.
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
fn a_session_that_waits_as_told_sends_as_fast_as_the_peer_reads() -> anyhow::Result<()> {
    // No more than a burst and what it was sent on top of is ever queued.
    let driver = options().high_water_mark(HIGH).low_water_mark(LOW).hard_limit(9 * HIGH);
    let program = Program::with(driver)?;
    let us = TcpAddress::listener(0);
    program.spawn(listen(us.clone(), |them, us| considerate(them, us, 512)))?;
    let client = connect(program.bound(&us)?)?;
    assert!(read_to_end(&client)? == data(512 * HIGH), "something else came");
    Ok(())
}

#[test]
fn a_session_is_told_of_what_is_queued_before_its_connection_is_up() -> anyhow::Result<()> {
    let program = Program::with(options().high_water_mark(HIGH).low_water_mark(LOW))?;
    let remote = Remote::listen()?;
    let (us, them) = (TcpAddress::handle("early"), remote.address()?);
    let pressure = program.pressure(&us, &them)?;
    let message = TcpChannel::bytes(&us, &them, data(HIGH + 1));
    let session = program.busy_session(&us, &them, |cx| cx.send(message))?;
    let peer = remote.accept()?;
    assert!(pressure.next()?);
    // Once more where the connection is found full when it comes up.
    while pressure.next()? {}
    session.quit()?;
    assert!(read_to_end(&peer)? == data(HIGH + 1), "something else came");
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
    // What one reading takes may come on top of the mark.
    let held = counters.bytes_in() - counters.bytes_out();
    assert!(held <= (HIGH + 64 * 1024) as u64, "{held} bytes are held");
    exchange(&other, b"in the meantime")?;

    let mut place = 0;
    while place < written {
        let count = (written - place).min(100_000);
        ensure!(read_exact(&client, count)? == data_at(place, count), "something else came");
        place += count;
    }
    wait_until(|| Ok(counters.paused() == 0))?;
    exchange(&client, b"and afterwards")?;
    Ok(())
}

/// Writes for as long as anything of it is taken; how much that was.
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
    anyhow::bail!("{written} bytes are taken from a client that reads nothing")
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
        assert!(received.next()?? == data(FLOOD), "something else came");
        anyhow::Ok(())
    })?;
    drop(client);
    wait_until(|| Ok(counters.open() == 0))?;
    assert_eq!(counters.paused(), 0);
    Ok(())
}
