//! Time-outs.

use std::io::ErrorKind;
use std::thread;
use std::time::{Duration, Instant};

use driver_tcp_bare::{TcpAddress, TcpChannel};
use marketplace_core::topic;
use marketplace_testing::{ReasonKind, TIMEOUT, wait_until};

use crate::support::{
    Program, SessionEvent, connect, data, is_cut_off, next_error, options, read_exact, read_to_end,
    unanswered, write_all,
};

/// Short enough for a test to wait for.
const SHORT: Duration = Duration::from_millis(50);

#[test]
fn an_inbound_connection_without_a_session_is_closed_with_a_reason() -> anyhow::Result<()> {
    let driver = options().unclaimed_timeout(SHORT);
    let counters = driver.counters();
    let program = Program::with(driver)?;
    let us = TcpAddress::listener(0);
    let topic = topic!(TcpChannel { source: _, destination: us.clone(), .. });
    let (gone, reasons) = program.reports();
    let _kept = program.process(move |cx| {
        cx.observe_publishers(topic)
            .on_absence(move |(), _, _, reason| gone.report(ReasonKind::from(reason)));
    })?;
    let address = program.bound(&us)?;
    let start = Instant::now();
    let (silent, talking) = (connect(address)?, connect(address)?);
    write_all(&talking, b"is anybody there?")?;
    for _ in 0..2 {
        assert_eq!(
            reasons.next()?,
            ReasonKind::Other(format!("the connection had no session within {SHORT:?}"))
        );
    }
    assert!(start.elapsed() >= SHORT, "closed early, after {:?}", start.elapsed());
    assert!(is_cut_off(&silent)? && is_cut_off(&talking)?);
    wait_until(|| Ok(counters.open() == 0))
}

#[test]
fn a_connection_that_had_a_session_stays_open_in_either_direction() -> anyhow::Result<()> {
    // Long enough for a session to start, even on a busy machine.
    let program = Program::with(options().unclaimed_timeout(20 * SHORT))?;
    let listening = program.listening(&TcpAddress::listener(0))?;
    let (sending, receiving) = (connect(listening.address)?, connect(listening.address)?);
    let (mut sender, mut receiver) = (listening.session()?, listening.session()?);
    if sender.them != sending.local_addr()?.into() {
        std::mem::swap(&mut sender, &mut receiver);
    }
    sender.leave("in")?;
    receiver.leave("out")?;
    // A later connection without a session is closed.
    assert!(is_cut_off(&connect(listening.address)?)?);
    sender.send("still here")?;
    assert_eq!(read_exact(&sending, 10)?, b"still here");
    write_all(&receiving, b"still here")?;
    assert_eq!(receiver.receive(10)?, b"still here");
    Ok(())
}

#[test]
fn a_connect_that_is_not_answered_in_time_is_an_absence_and_an_error() -> anyhow::Result<()> {
    let program = Program::with(options().connect_timeout(SHORT))?;
    let mut errors = program.errors()?;
    let (them, _full) = unanswered()?;
    let us = TcpAddress::handle("hanging");
    let start = Instant::now();
    let session = program.session(&us, &them)?;
    session.wait_until_open()?;
    assert!(start.elapsed() >= SHORT, "cancelled early, after {:?}", start.elapsed());
    let timed_out = ReasonKind::Io(ErrorKind::TimedOut);
    assert_eq!(session.inbound.next()?, SessionEvent::Absence(timed_out.clone()));
    assert_eq!(session.outbound.next()?, SessionEvent::Absence(timed_out.clone()));
    assert_eq!(next_error(&mut errors)?, (us, Some(them), timed_out));
    Ok(())
}

#[test]
fn a_client_that_never_closes_is_cut_off_after_linger_and_not_before() -> anyhow::Result<()> {
    let linger = Duration::from_millis(200);
    let driver = options().linger(linger);
    let counters = driver.counters();
    let program = Program::with(driver)?;
    let listening = program.listening(&TcpAddress::listener(0))?;
    let client = connect(listening.address)?;
    let session = listening.session()?;
    session.send("the last reply")?;
    let start = Instant::now();
    session.quit()?;
    assert_eq!(read_to_end(&client)?, b"the last reply");
    wait_until(|| Ok(counters.open() == 0))?;
    assert!(start.elapsed() >= linger, "cut off early, after {:?}", start.elapsed());
    assert!(start.elapsed() < TIMEOUT / 3, "cut off late, after {:?}", start.elapsed());
    wait_until(|| Ok(write_all(&client, b"?").is_err()))
}

#[test]
fn a_client_that_never_stops_sending_is_cut_off_after_linger() -> anyhow::Result<()> {
    let linger = Duration::from_millis(100);
    let driver = options().linger(linger);
    let counters = driver.counters();
    let program = Program::with(driver)?;
    let listening = program.listening(&TcpAddress::listener(0))?;
    let client = connect(listening.address)?;
    let session = listening.session()?;
    let piece = data(100_000);
    thread::scope(|scope| {
        let writer = scope.spawn(|| while write_all(&client, &piece).is_ok() {});
        session.receive(1_000_000)?;
        let start = Instant::now();
        session.quit()?;
        wait_until(|| Ok(counters.open() == 0))?;
        assert!(start.elapsed() >= linger, "cut off early, after {:?}", start.elapsed());
        writer.join().expect("the writer must not panic");
        anyhow::Ok(())
    })
}

#[test]
fn the_driver_does_not_wait_for_a_client_that_closes() -> anyhow::Result<()> {
    let driver = options().linger(TIMEOUT * 2).stall_timeout(TIMEOUT * 2);
    let counters = driver.counters();
    let program = Program::with(driver)?;
    let listening = program.listening(&TcpAddress::listener(0))?;
    for _ in 0..10 {
        let client = connect(listening.address)?;
        let session = listening.session()?;
        session.send(data(100_000))?;
        session.quit()?;
        assert_eq!(read_to_end(&client)?.len(), 100_000);
        drop(client);
        wait_until(|| Ok(counters.open() == 0))?;
    }
    Ok(())
}

const FLOOD: usize = 32 << 20;

#[test]
fn a_closing_connection_whose_peer_reads_nothing_is_reset_after_the_stall_timeout() -> anyhow::Result<()> {
    let stall = Duration::from_millis(200);
    // Not after the linger time.
    let driver = options().hard_limit(FLOOD).stall_timeout(stall).linger(TIMEOUT * 2);
    let counters = driver.counters();
    let program = Program::with(driver)?;
    let listening = program.listening(&TcpAddress::listener(0))?;
    let (client, other) = (connect(listening.address)?, connect(listening.address)?);
    let (mut session, mut spared) = (listening.session()?, listening.session()?);
    if session.them != client.local_addr()?.into() {
        std::mem::swap(&mut session, &mut spared);
    }
    session.send(data(FLOOD))?;
    let start = Instant::now();
    session.quit()?;
    wait_until(|| Ok(counters.open() == 1))?;
    assert!(start.elapsed() >= stall, "reset early, after {:?}", start.elapsed());
    assert!(read_to_end(&client).map_or(true, |bytes| bytes.len() < FLOOD), "all bytes were received");
    spared.send("untouched")?;
    assert_eq!(read_exact(&other, 9)?, b"untouched");
    Ok(())
}

#[test]
fn a_closing_connection_whose_peer_reads_slowly_has_all_the_time_it_needs() -> anyhow::Result<()> {
    let stall = Duration::from_secs(1);
    let program = Program::with(options().hard_limit(FLOOD).stall_timeout(stall))?;
    let listening = program.listening(&TcpAddress::listener(0))?;
    let client = connect(listening.address)?;
    let session = listening.session()?;
    session.send(data(FLOOD))?;
    session.quit()?;
    let start = Instant::now();
    let mut received = Vec::new();
    while received.len() < FLOOD {
        // The pace of the client. It does not wait for an event.
        thread::sleep(stall / 12);
        received.extend(read_exact(&client, FLOOD / 16)?);
    }
    assert!(start.elapsed() > stall);
    assert!(received == data(FLOOD), "the received bytes are different");
    assert_eq!(read_to_end(&client)?, b"");
    Ok(())
}

/// One half of `keep_alive`: the limit for unacknowledged data. Only Linux can show it without pulling a cable.
#[cfg(target_os = "linux")]
#[test]
fn a_peer_that_accepts_no_queued_bytes_within_the_keep_alive_time_is_lost() -> anyhow::Result<()> {
    let silence = Duration::from_secs(2);
    let program = Program::with(options().keep_alive(silence).hard_limit(FLOOD))?;
    let listening = program.listening(&TcpAddress::listener(0))?;
    let (_client, other) = (connect(listening.address)?, connect(listening.address)?);
    let (mut session, mut spared) = (listening.session()?, listening.session()?);
    if session.them == other.local_addr()?.into() {
        std::mem::swap(&mut session, &mut spared);
    }
    session.wait_until_open()?;
    let start = Instant::now();
    session.send(data(FLOOD))?;
    assert_eq!(session.outbound.next()?, SessionEvent::Absence(ReasonKind::Io(ErrorKind::TimedOut)));
    assert!(start.elapsed() >= silence, "lost early, after {:?}", start.elapsed());
    // A silent peer that answers the probes is not lost.
    spared.send("still here")?;
    assert_eq!(read_exact(&other, 10)?, b"still here");
    Ok(())
}

#[test]
fn new_demand_while_a_connection_is_cut_off_is_served() -> anyhow::Result<()> {
    let program = Program::with(options().linger(SHORT))?;
    let listening = program.listening(&TcpAddress::listener(0))?;
    let first = connect(listening.address)?;
    let session = listening.session()?;
    session.quit()?;
    let second = connect(listening.address)?;
    let session = listening.session()?;
    wait_until(|| Ok(write_all(&first, b"?").is_err()))?;
    session.send("untouched")?;
    assert_eq!(read_exact(&second, 9)?, b"untouched");
    Ok(())
}
