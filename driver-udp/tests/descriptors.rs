//! No socket is left open. A program of its own, because it counts the process' descriptors.

#![cfg(target_os = "linux")]

mod support;

use std::fs;

use anyhow::Context as _;
use driver_udp::{UdpAddress, UdpPacket};
use marketplace_core::Spawn;

use support::{Program, Remote, until};

fn descriptors() -> anyhow::Result<usize> {
    Ok(fs::read_dir("/proc/self/fd")?.count())
}

/// Has so many sockets at once, one after the other taken into use and left.
fn open_and_close(program: &mut Program, remote: &Remote, round: u32, sockets: u32) -> anyhow::Result<()> {
    for socket in 0..sockets {
        let (us, them) = (UdpAddress::handle((round, socket)), remote.address()?);
        program.spawn(Spawn::new((), move |(), cx| {
            cx.publisher(UdpPacket::outbound(&us));
            cx.subscriber(UdpPacket::inbound(&us)).on_message(|(), cx, _| cx.quit());
            cx.send(UdpPacket::new(&us, &them, "here"));
        }))?;
    }
    for _ in 0..sockets {
        let (_, from) = remote.receive()?;
        remote.send(b"enough", from)?;
    }
    Ok(())
}

#[test]
fn ten_thousand_sockets_opened_and_closed_leave_no_descriptor() -> anyhow::Result<()> {
    let mut program = Program::start();
    let remote = Remote::bind()?;
    // Whatever the runtime opens on first use is open then.
    open_and_close(&mut program, &remote, 0, 1)?;
    let before = descriptors()?;
    for round in 1..=100 {
        open_and_close(&mut program, &remote, round, 100)?;
        until(|| Ok(descriptors()? <= before)).with_context(|| format!("of {before} in round {round}"))?;
    }
    Ok(())
}
