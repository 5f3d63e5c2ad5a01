//! The memory of a connection that is idle after one echo.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::{BUFFER, MESSAGE, server};
use crate::case::{Case, FIXED, Subject};
use crate::figure::Figure;

pub(crate) const CASE: Case = Case {
    name: "tcp-idle",
    about: "the server's own memory for each of many idle connections",
    parameter: "connections",
    values: &[10_000],
    rounds: 3,
    operations: FIXED,
    counting: None,
    ours: &[Subject::new("marketplace", |size| load("marketplace", size.value))],
    others: &[
        Subject::new("async-std", |size| load("async-std", size.value)),
        Subject::new("smol, one thread", |size| load("smol, one thread", size.value)),
        Subject::new("tokio, one thread", |size| load("tokio, one thread", size.value)),
        Subject::new("bare epoll", |size| load("bare epoll", size.value)),
    ],
};

fn load(server_name: &str, connections: u64) -> anyhow::Result<Vec<Figure>> {
    let server = server(server_name, BUFFER)?;
    let first = connect(&server.address.to_string())?;
    let before = server.memory()?;
    let address = server.address.to_string();
    let clients = (0..connections).map(|_| connect(&address)).collect::<anyhow::Result<Vec<_>>>()?;
    let after = server.memory()?;
    drop((first, clients));
    Ok(vec![Figure::less("memory", "bytes", (after - before) as f64 / connections as f64)])
}

/// A connection that has been used for one echo.
fn connect(address: &str) -> anyhow::Result<TcpStream> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(&[0; MESSAGE])?;
    stream.read_exact(&mut [0; MESSAGE])?;
    Ok(stream)
}
