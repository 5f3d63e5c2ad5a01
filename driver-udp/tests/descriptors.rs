//! No socket is left open. A separate test program, because it counts the descriptors of the process.

#![cfg(target_os = "linux")]

mod support;

use anyhow::Context as _;
use driver_udp::{UdpAddress, UdpPacket};
use marketplace_core::Spawn;
use marketplace_testing::{descriptors, wait_until};

use support::{Program, Remote, driver};

/// Opens `sockets` sockets at the same time, and closes them.
fn open_and_close(program: &Program, remote: &Remote, round: u32, sockets: u32) -> anyhow::Result<()> {
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
    let program = Program::busy(driver())?;
    let remote = Remote::bind()?;
    // Everything that the runtime opens on its first use is open then.
    open_and_close(&program, &remote, 0, 1)?;
    let before = descriptors()?;
    for round in 1..=100 {
        open_and_close(&program, &remote, round, 100)?;
        wait_until(|| Ok(descriptors()? <= before))
            .with_context(|| format!("of {before} in round {round}"))?;
    }
    Ok(())
}
