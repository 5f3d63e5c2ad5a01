//! Many bytes and their echo, on one connection.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Instant;

use super::{processor_time, server};
use crate::case::{Case, FIXED, Subject};
use crate::figure::Figure;

pub(crate) const CASE: Case = Case {
    name: "tcp-bulk",
    about: "bytes there and back on one connection, in writes of 64 KiB",
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

const WRITE: usize = 64 * 1024;
const WRITES: usize = 8 * 1024;

fn load(server_name: &str) -> anyhow::Result<Vec<Figure>> {
    let server = server(server_name, WRITE)?;
    let mut stream = TcpStream::connect(server.address)?;
    stream.set_nodelay(true)?;
    let mut sending = stream.try_clone()?;
    let start = Instant::now();
    let sender = thread::spawn(move || {
        let bytes = vec![0; WRITE];
        (0..WRITES).try_for_each(|_| sending.write_all(&bytes))
    });
    let mut buffer = vec![0; WRITE];
    (0..WRITES).try_for_each(|_| stream.read_exact(&mut buffer))?;
    let time = start.elapsed();
    sender.join().map_err(|_| anyhow::anyhow!("the sender panicked"))??;
    let mebibytes = (WRITES * WRITE / (1024 * 1024)) as u64;
    Ok(vec![
        Figure::more("bytes", "MiB/s", mebibytes as f64 / time.as_secs_f64()),
        processor_time("server's processor time per MiB", mebibytes, server.processor_time()?),
    ])
}
