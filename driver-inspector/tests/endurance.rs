//! The law that nothing leaks. It is alone in its file because it counts the resources of the whole process.

mod support;

use std::net::TcpListener;

use anyhow::ensure;
use marketplace_testing::{descriptors, resident_memory, wait_until};

use support::{at_loopback, inspect};

/// Runs inspected programs one after the other, each with a page.
fn cycle(times: usize) -> anyhow::Result<()> {
    // No other test uses this address, because the port is free between two programs.
    let address = TcpListener::bind("127.0.1.8:0")?.local_addr()?;
    let inspector = at_loopback().address(address);
    for _ in 0..times {
        let inspected = inspect(&inspector)?;
        inspected.page("a")?.frame()?;
        inspected.program.end()?;
    }
    wait_until(|| Ok(TcpListener::bind(address).is_ok()))
}

#[test]
fn leaks_nothing_in_a_thousand_cycles() -> anyhow::Result<()> {
    cycle(100)?;
    let (open, before) = (descriptors()?, resident_memory()?);
    cycle(1_000)?;
    let grown = resident_memory()?.saturating_sub(before);
    ensure!(grown < 4 * 1024 * 1024, "{grown} bytes more than after 100 cycles");
    // The port is free a moment before the last connection is closed.
    wait_until(|| Ok(descriptors()? <= open))
}
