//! The sockets: the only place that knows async-std.

mod connection;
mod controls;
mod listener;
mod loss;

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_io::Async;
use async_std::future::timeout;
use async_std::net::ToSocketAddrs;
use socket2::{SockRef, TcpKeepalive};
use tracing::warn;

use crate::options::Options;

pub(crate) use connection::{Activity, connection_source};
pub(crate) use controls::{Controls, Sent};
pub(crate) use listener::{Accepted, Bound, listen};

/// A connected socket.
pub(crate) type ConnectedSocket = Async<TcpStream>;

/// Connects to a remote socket.
pub(crate) async fn connect(host: Arc<str>, port: u16, options: Arc<Options>) -> io::Result<ConnectedSocket> {
    let deadline = Instant::now().checked_add(options.connect_timeout);
    let looked_up = timeout(options.connect_timeout, (&*host, port).to_socket_addrs()).await;
    let addresses = looked_up.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    let socket = connect_in_turn(&addresses.collect::<Vec<_>>(), deadline).await?;
    configure(&socket, &options);
    Ok(socket)
}

/// Tries the addresses in turn, each for its share of the time that is left; if none answers, the last one's
/// error counts.
async fn connect_in_turn(addresses: &[SocketAddr], deadline: Option<Instant>) -> io::Result<ConnectedSocket> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for (tried, address) in addresses.iter().enumerate() {
        let left = (addresses.len() - tried).try_into().unwrap_or(u32::MAX);
        let rest =
            deadline.map_or(Duration::MAX, |deadline| deadline.saturating_duration_since(Instant::now()));
        let share = rest / left;
        match timeout(share, ConnectedSocket::connect(*address)).await {
            Ok(Ok(socket)) => return Ok(socket),
            Ok(Err(error)) => last = error,
            Err(_) => last = io::ErrorKind::TimedOut.into(),
        }
    }
    Err(last)
}

/// Sets the socket's options; a connection is served also where the system refuses one of them.
fn configure(socket: &ConnectedSocket, options: &Options) {
    let mut set = socket.get_ref().set_nodelay(options.no_delay);
    if let Some(idle) = options.keep_alive {
        let kept = SockRef::from(socket.get_ref()).set_tcp_keepalive(&TcpKeepalive::new().with_time(idle));
        set = set.and(kept);
    }
    if let Err(error) = set {
        warn!(%error, "an option of a connection cannot be set");
    }
}
