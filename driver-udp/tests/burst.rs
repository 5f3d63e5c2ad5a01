//! Bursts of packets. The network may lose packets, but each lost packet is counted: Linux reports how many it dropped.
//! A separate test program, because it measures the memory of the process.

#![cfg(target_os = "linux")]

mod support;

use std::collections::HashSet;
use std::fs;
use std::net::{IpAddr, SocketAddr};

use anyhow::{Context as _, bail, ensure};
use driver_udp::{UdpAddress, UdpPacket};
use marketplace_core::Spawn;
use marketplace_testing::wait_until;

use support::{Program, Remote, driver};

const LENGTH: usize = 64;

/// A process that sends each packet back.
fn echo(us: UdpAddress) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.publisher(UdpPacket::outbound(&us));
        cx.subscriber(UdpPacket::inbound(&us)).on_message(|(), cx, packet| {
            // Not the packets between local sockets.
            if let UdpAddress::Remote { .. } = packet.source {
                cx.send(packet.reply(packet.body.clone()));
            }
        });
    })
    .named("echo")
}

/// A packet that contains its number twice: in the first bytes, and in all the others.
fn numbered(number: u64) -> [u8; LENGTH] {
    let mut body = [0; LENGTH];
    for part in body.chunks_mut(8) {
        part.copy_from_slice(&number.to_be_bytes());
    }
    body
}

/// The number of a packet. Fails if the packet is not as it was sent.
fn number(body: &[u8]) -> anyhow::Result<u64> {
    let number = u64::from_be_bytes(body.get(..8).context("a short packet")?.try_into()?);
    ensure!(body == numbered(number), "packet {number} is corrupted: {body:?}");
    Ok(number)
}

/// How many packets the system has dropped because a socket's receive buffer was full. `None` if the socket is
/// missing in the list, which may happen while other sockets are opened and closed.
fn drops(socket: SocketAddr) -> anyhow::Result<Option<usize>> {
    let IpAddr::V4(ip) = socket.ip() else { bail!("{socket} is in another list") };
    let address = format!("{:08X}:{:04X}", u32::from_ne_bytes(ip.octets()), socket.port());
    let list = fs::read_to_string("/proc/self/net/udp")?;
    let line = list.lines().find(|line| line.split_whitespace().nth(1) == Some(&address));
    Ok(line.and_then(|line| line.split_whitespace().last()).map(str::parse).transpose()?)
}

/// The result of a burst.
#[derive(Debug, Default)]
struct Tally {
    sent: usize,
    back: HashSet<u64>,
    /// The packets dropped by the system: at the driver's socket, and at the client's.
    dropped: [usize; 2],
    /// The packets dropped by the driver, with an error for each.
    refused: usize,
}

impl Tally {
    fn is_complete(&self) -> bool {
        self.back.len() + self.dropped.iter().sum::<usize>() + self.refused == self.sent
    }
}

/// Sends a burst at once, and counts the answers until all packets are accounted for.
fn burst(receive_buffer: usize, packets: u64) -> anyhow::Result<Tally> {
    let program = Program::busy(driver().receive_buffer(receive_buffer))?;
    let mut errors = program.errors()?;
    let us = UdpAddress::listener(0);
    program.spawn(echo(us.clone()))?;
    let address = program.bound(&us)?;
    let remote = Remote::bind()?;
    let mut tally = Tally { sent: packets.try_into()?, ..Tally::default() };
    for number in 0..packets {
        remote.send(&numbered(number), address)?;
    }
    remote.socket().set_nonblocking(true)?;
    wait_until(|| {
        while let Ok((body, from)) = remote.receive() {
            assert_eq!(from, address);
            assert!(tally.back.insert(number(&body)?), "packet {} was echoed twice", number(&body)?);
        }
        for (dropped, socket) in tally.dropped.iter_mut().zip([address, remote.socket().local_addr()?]) {
            *dropped = drops(socket)?.unwrap_or(*dropped);
        }
        tally.refused += errors.rest().len();
        Ok(tally.is_complete())
    })
    .with_context(|| format!("{} packets were echoed of {}", tally.back.len(), tally.sent))?;
    assert!(tally.back.iter().all(|number| *number < packets), "packets that were not sent");
    Ok(tally)
}

/// The largest memory that the process has had, in bytes.
fn peak_memory() -> anyhow::Result<usize> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no such line")?;
    let kibibytes: usize = line.split_whitespace().next().context("a line without a value")?.parse()?;
    Ok(kibibytes * 1024)
}

#[test]
fn each_packet_of_a_burst_is_echoed_once_or_counted_as_dropped() -> anyhow::Result<()> {
    for (receive_buffer, packets) in [(1 << 20, 100), (1 << 20, 1_000), (1 << 20, 20_000), (4_096, 1_000)] {
        let tally = burst(receive_buffer, packets)?;
        assert!(
            !tally.back.is_empty(),
            "none came back of {packets}, receive buffer {receive_buffer}: {tally:?}"
        );
    }
    Ok(())
}

#[test]
fn of_a_hundred_thousand_packets_the_driver_keeps_none_and_drops_none() -> anyhow::Result<()> {
    const PACKETS: u64 = 100_000;
    // Everything that is allocated only once is allocated then.
    burst(1 << 20, 1_000)?;
    let before = peak_memory()?;
    let tally = burst(1 << 20, PACKETS)?;
    // The system's value is not exact, and may be a little smaller than before.
    let growth = peak_memory()?.saturating_sub(before);
    assert!(growth < tally.sent * LENGTH, "{growth} bytes of memory on top of {before}");
    assert_eq!(tally.refused, 0, "the driver must not drop packets");
    assert!(!tally.back.is_empty(), "no packet was echoed");
    Ok(())
}
