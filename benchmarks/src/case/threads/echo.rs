//! A server with a ground on each of two cores, which share a port, compared with the same server with one ground.
//!
//! For each message of 64 bytes the server hashes some bytes before it sends the message back. It therefore has more to
//! do than its client. The client is one thread and shares the cores with the server, so a message takes at least the
//! processor time of both, divided by the number of cores.

use crate::case::tcp::echo::Load;
use crate::case::tcp::processor_time;
use crate::case::{Case, Size, Subject};
use crate::figure::Figure;
use crate::server::Server;

pub(crate) const CASE: Case = Case {
    name: "threads-echo",
    about: "64 bytes there and back on 100 connections, with work for the server on each message; two grounds, or one",
    parameter: "KiB hashed",
    values: &[0, 16, 64, 256],
    rounds: 7,
    operations: |work| 1_000_000 / (work + 10),
    counting: None,
    ours: &[
        Subject::new("two grounds", |size| load("two grounds", size)),
        Subject::new("one ground", |size| load("one ground", size)),
    ],
    others: &[],
};

const CONNECTIONS: u64 = 100;

fn load(server: &str, Size { value: work, operations }: Size) -> anyhow::Result<Vec<Figure>> {
    let server = Server::start("grounds", server, work as usize * 1024)?;
    let Load { count, time, server, client, .. } = Load::put(&server, CONNECTIONS, operations)?;
    Ok(vec![
        Figure::more("round trips", "thousand/s", count as f64 / time.as_secs_f64() / 1e3),
        processor_time("server's processor time", count, server),
        processor_time("client's processor time", count, client),
    ])
}
