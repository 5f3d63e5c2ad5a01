//! Connections that are used for one echo, one after the other.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use super::{BUFFER, MESSAGE, processor_time, server};
use crate::case::{Case, FIXED, Subject};
use crate::figure::Figure;

pub(crate) const CASE: Case = Case {
    name: "tcp-connect",
    about: "connect, an echo of 64 bytes, close: one after the other",
    parameter: "",
    values: &[0],
    rounds: 5,
    operations: FIXED,
    counting: None,
    ours: &[Subject::new("marketplace", |_| load("marketplace"))],
    others: &[
        Subject::new("async-std", |_| load("async-std")),
        Subject::new("smol, one thread", |_| load("smol, one thread")),
        Subject::new("tokio, one thread", |_| load("tokio, one thread")),
        Subject::new("bare epoll", |_| load("bare epoll")),
    ],
};

const CONNECTIONS: u64 = 4_000;

fn load(server_name: &str) -> anyhow::Result<Vec<Figure>> {
    let server = server(server_name, BUFFER)?;
    let start = Instant::now();
    for _ in 0..CONNECTIONS {
        let mut stream = TcpStream::connect(server.address)?;
        stream.set_nodelay(true)?;
        stream.write_all(&[0; MESSAGE])?;
        stream.read_exact(&mut [0; MESSAGE])?;
    }
    let time = start.elapsed();
    Ok(vec![
        Figure::more("connections", "thousand/s", CONNECTIONS as f64 / time.as_secs_f64() / 1e3),
        processor_time("server's processor time", CONNECTIONS, server.processor_time()?),
    ])
}
