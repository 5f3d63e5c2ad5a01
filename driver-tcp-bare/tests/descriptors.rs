//! No socket is left open. A separate test program, because it counts the descriptors of the process.

#![cfg(target_os = "linux")]

mod support;

use std::fs;
use std::net::{Shutdown, SocketAddr, TcpStream};

use anyhow::Context as _;
use marketplace_testing::{descriptors, wait_until};

use support::{connect, echo_server, exchange, read_to_end};

/// As many as the limit of descriptors allows with both ends in one process, up to a thousand.
fn connections() -> anyhow::Result<usize> {
    let limits = fs::read_to_string("/proc/self/limits")?;
    let limit =
        limits.lines().find_map(|line| line.strip_prefix("Max open files")).context("no such limit")?;
    let soft = limit.split_whitespace().next().context("a limit without a value")?;
    // The limit is a number or "unlimited".
    Ok(soft.parse().map_or(1000, |soft: usize| (soft.saturating_sub(100) / 2).min(1000)))
}

#[test]
fn a_thousand_connections_opened_and_closed_twenty_times_leave_no_descriptor() -> anyhow::Result<()> {
    let (_program, address) = echo_server()?;
    let connections = connections()?;
    // Everything that the runtime opens on its first use is open then, and at most one connection.
    open_and_close(address, 1, End::Client)?;
    let before = descriptors()?;
    for round in 0..20 {
        let end = if round % 2 == 0 { End::Client } else { End::Both };
        open_and_close(address, connections, end)?;
        wait_until(|| Ok(descriptors()? <= before))
            .with_context(|| format!("of {before} in round {round}"))?;
    }
    Ok(())
}

/// The end that closes a connection.
#[derive(Clone, Copy)]
enum End {
    /// The client, at once.
    Client,
    /// Both ends, one direction after the other.
    Both,
}

fn open_and_close(address: SocketAddr, count: usize, end: End) -> anyhow::Result<()> {
    let clients = (0..count).map(|_| connect(address)).collect::<anyhow::Result<Vec<TcpStream>>>()?;
    for client in &clients {
        exchange(client, b"hello")?;
    }
    for client in clients {
        if let End::Both = end {
            client.shutdown(Shutdown::Write)?;
            read_to_end(&client)?;
        }
    }
    Ok(())
}
