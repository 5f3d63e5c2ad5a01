//! The TCP cases: an echo server in a process of its own, and a client that is the same for all subjects.

pub(super) mod bulk;
pub(super) mod connect;
pub(super) mod echo;
pub(super) mod idle;

use std::time::Duration;

use crate::clock::raise_descriptor_limit;
use crate::figure::Figure;
use crate::server::Server;

/// The length of a message, in bytes.
const MESSAGE: usize = 64;

/// The size of the servers' buffers for short messages, in bytes for each connection.
const BUFFER: usize = 4 * 1024;

fn server(name: &str, buffer: usize) -> anyhow::Result<Server> {
    raise_descriptor_limit()?;
    Server::start("tcp", name, buffer)
}

/// The processor time for each of `count` operations.
pub(in crate::case) fn processor_time(what: &str, count: u64, time: Duration) -> Figure {
    Figure::less(what, "µs", time.as_secs_f64() / count as f64 * 1e6)
}
