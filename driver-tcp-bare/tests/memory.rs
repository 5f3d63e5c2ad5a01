//! The cost of peers that do not read. A separate test program, because it measures the memory of the process.

#![cfg(target_os = "linux")]

mod support;

use std::io::{ErrorKind, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::ensure;
use marketplace_testing::resident_memory;

use support::{connect, data_at, echo_server, exchange, read_exact, read_to_end};

/// How many bytes a client tries to send.
const FLOOD: usize = 1 << 30;

/// The client gives up after no byte was accepted for this time.
const BLOCKED: Duration = Duration::from_secs(2);

/// The number of such clients.
const CLIENTS: usize = 4;

/// The largest memory for all of them.
const MOST: usize = 32 << 20;

/// The longest wait of another client for an answer, and the longest wait for nearly all of its answers. The
/// difference allows for other load on the machine.
const WORST: Duration = Duration::from_millis(500);
const USUAL: Duration = Duration::from_millis(50);

#[test]
fn clients_that_send_and_do_not_read_cost_neither_memory_nor_time_of_the_others() -> anyhow::Result<()> {
    let (_program, address) = echo_server()?;
    let other = connect(address)?;
    exchange(&other, &data_at(0, 100_000))?;
    let clients = (0..CLIENTS).map(|_| connect(address)).collect::<anyhow::Result<Vec<_>>>()?;
    let before = resident_memory()?;
    let is_over = AtomicBool::new(false);
    let (written, waits, most) = thread::scope(|scope| {
        let pushing: Vec<_> = clients.iter().map(|client| scope.spawn(|| push(client))).collect();
        let watching = scope.spawn(|| watch(&other, &is_over));
        let written: Vec<_> = pushing.into_iter().map(|push| push.join().expect("no panic")).collect();
        is_over.store(true, Ordering::Relaxed);
        let (waits, most) = watching.join().expect("no panic")?;
        anyhow::Ok((written.into_iter().collect::<anyhow::Result<Vec<_>>>()?, waits, most))
    })?;
    let cost = most.saturating_sub(before);
    eprintln!("{written:?} bytes written, {cost} bytes of memory, {} pings", waits.len());
    assert!(cost < MOST, "{cost} bytes of memory on top of {before}");
    assert_quick(waits);

    thread::scope(|scope| {
        let reading: Vec<_> = clients
            .iter()
            .zip(written)
            .map(|(client, written)| scope.spawn(move || read(client, written)))
            .collect();
        reading.into_iter().try_for_each(|read| read.join().expect("no panic"))
    })?;
    let cost = resident_memory()?.saturating_sub(before);
    assert!(cost < MOST, "{cost} bytes of memory on top of {before}, afterwards");
    exchange(&other, b"and afterwards")
}

/// Writes until no more bytes are accepted, and returns how many were.
fn push(mut client: &TcpStream) -> anyhow::Result<usize> {
    client.set_write_timeout(Some(BLOCKED))?;
    let mut written = 0;
    while written < FLOOD {
        match client.write(&data_at(written, 50_000)) {
            Ok(count) => written += count,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => break,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(written)
}

/// Measures how long each ping takes until `is_over`, and the largest memory.
fn watch(other: &TcpStream, is_over: &AtomicBool) -> anyhow::Result<(Vec<Duration>, usize)> {
    let (mut waits, mut most) = (Vec::new(), 0);
    while !is_over.load(Ordering::Relaxed) {
        let start = Instant::now();
        exchange(other, b"ping")?;
        waits.push(start.elapsed());
        most = most.max(resident_memory()?);
    }
    Ok((waits, most))
}

fn assert_quick(mut waits: Vec<Duration>) {
    waits.sort();
    let (usual, worst) = (waits[waits.len() * 99 / 100], waits[waits.len() - 1]);
    eprintln!("99 of 100 pings took up to {usual:?}, one took {worst:?}");
    assert!(usual < USUAL, "one of a hundred pings took {usual:?} or more");
    assert!(worst < WORST, "a ping took {worst:?}");
}

/// Reads back everything that was written, and exchanges further data.
fn read(client: &TcpStream, written: usize) -> anyhow::Result<()> {
    let mut place = 0;
    while place < written {
        let count = (written - place).min(100_000);
        ensure!(read_exact(client, count)? == data_at(place, count), "the echoed bytes are different");
        place += count;
    }
    exchange(client, b"and on")?;
    client.shutdown(Shutdown::Write)?;
    ensure!(read_to_end(client)?.is_empty());
    Ok(())
}
