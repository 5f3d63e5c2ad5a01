//! Packets from one socket and their echoes, with one or many in flight.

use std::net::{Ipv4Addr, UdpSocket};
use std::time::{Duration, Instant};

use anyhow::Context;

use super::{Case, Counted, Counting, Size, Subject, Tool};
use crate::figure::Figure;
use crate::server::Server;

pub(crate) const CASE: Case = Case {
    name: "udp-echo",
    about: "packets of 64 bytes there and back",
    parameter: "in flight",
    values: &[1, 100],
    rounds: 7,
    operations: |in_flight| if in_flight == 1 { 15_000 } else { 60_000 },
    counting: Some(Counting::of_server(
        "packet",
        &[Counted::at(100, 8_000, &[Tool::Callgrind, Tool::Strace])],
    )),
    ours: &[Subject::new("marketplace", |size| load("marketplace", size))],
    others: &[
        Subject::new("async-std", |size| load("async-std", size)),
        Subject::new("smol, one thread", |size| load("smol, one thread", size)),
        Subject::new("tokio, one thread", |size| load("tokio, one thread", size)),
        Subject::new("bare loop", |size| load("bare loop", size)),
    ],
};

const PACKET: usize = 64;
const BUFFER: usize = 2 * 1024;

fn load(
    server_name: &str,
    Size { value: in_flight, operations: packets }: Size,
) -> anyhow::Result<Vec<Figure>> {
    let server = Server::start("udp", server_name, BUFFER)?;
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.connect(server.address)?;
    socket.set_read_timeout(Some(Duration::from_secs(2)))?;
    exchange(&socket, 1_000, 1)?;
    let processor = server.processor_time()?;
    let start = Instant::now();
    exchange(&socket, packets, in_flight)?;
    let time = start.elapsed();
    let processor = server.processor_time()? - processor;
    let count = packets as f64;
    Ok(vec![
        Figure::more("packets", "thousand/s", count / time.as_secs_f64() / 1e3),
        Figure::less("server's processor time", "µs", processor.as_secs_f64() / count * 1e6),
    ])
}

/// Keeps `in_flight` packets in flight until `packets` are back. So few fit into any socket's buffer, so none is lost.
fn exchange(socket: &UdpSocket, packets: u64, in_flight: u64) -> anyhow::Result<()> {
    for _ in 0..in_flight {
        socket.send(&[0; PACKET])?;
    }
    for received in 1..=packets {
        socket.recv(&mut [0; BUFFER]).context("a packet was lost")?;
        if received + in_flight <= packets {
            socket.send(&[0; PACKET])?;
        }
    }
    Ok(())
}
