//! The memory of idle connections. A separate test program, because it measures the memory of the process.

#![cfg(target_os = "linux")]

mod support;

use anyhow::ensure;
use driver_tcp_bare::TcpAddress;
use marketplace_testing::{resident_memory, wait_until};

use support::{Program, connect, data, echoer, exchange, listen, options};

/// The largest memory in bytes for one connection, including its session's process and the client's end.
const MOST: usize = 10 * 1024;

/// Ten thousand, or fewer in a debug build or if the limit of descriptors does not allow both ends in one process.
fn connections() -> anyhow::Result<usize> {
    let most = if cfg!(debug_assertions) { 3_000 } else { 10_000 };
    let limit = rlimit::increase_nofile_limit(u64::MAX)?;
    Ok((usize::try_from(limit)?.saturating_sub(200) / 2).min(most))
}

#[test]
fn thousands_of_idle_connections_cost_little_memory_and_are_served() -> anyhow::Result<()> {
    let connections = connections()?;
    let driver = options();
    let counters = driver.counters();
    let program = Program::with(driver)?;
    let us = TcpAddress::listener(0);
    program.spawn(listen(us.clone(), echoer))?;
    let address = program.bound(&us)?;
    // Everything that is allocated only once is allocated then.
    exchange(&connect(address)?, &data(100_000))?;
    wait_until(|| Ok(counters.open() == 0))?;

    let before = resident_memory()?;
    let mut clients = Vec::with_capacity(connections);
    for _ in 0..connections {
        let client = connect(address)?;
        // Each connection has been read once, and is idle now.
        exchange(&client, b"hello")?;
        clients.push(client);
    }
    let each = resident_memory()?.saturating_sub(before) / connections;
    eprintln!("{connections} connections cost {each} bytes each");
    ensure!(counters.open() == connections);
    assert!(each < MOST, "each connection costs {each} bytes");
    for client in clients.iter().step_by(997) {
        exchange(client, &data(100_000))?;
    }
    drop(clients);
    wait_until(|| Ok(counters.open() == 0))
}
