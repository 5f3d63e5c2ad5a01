//! The sockets: the only place that knows async-std.

mod connection;
mod controls;
mod listener;

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use async_io::Async;
use async_std::future::timeout;
use async_std::net::ToSocketAddrs;
use socket2::{SockRef, TcpKeepalive};

use crate::options::Options;

pub(crate) use connection::{Activity, connection_source};
pub(crate) use controls::{Controls, Sent};
pub(crate) use listener::{Accepted, Bound, listen};

/// A connected socket.
pub(crate) type ConnectedSocket = Async<TcpStream>;

/// Connects to a remote socket.
pub(crate) async fn connect(host: Arc<str>, port: u16, options: Arc<Options>) -> io::Result<ConnectedSocket> {
    let connected = timeout(options.connect_timeout, connect_in_turn(&host, port));
    let socket = connected.await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    configure(socket, &options)
}

/// Tries the addresses of a name in turn; if none answers, the last one's error counts.
async fn connect_in_turn(host: &str, port: u16) -> io::Result<ConnectedSocket> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    let addresses: Vec<SocketAddr> = (host, port).to_socket_addrs().await?.collect();
    for address in addresses {
        match ConnectedSocket::connect(address).await {
            Ok(socket) => return Ok(socket),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn configure(socket: ConnectedSocket, options: &Options) -> io::Result<ConnectedSocket> {
    socket.get_ref().set_nodelay(options.no_delay)?;
    if let Some(idle) = options.keep_alive {
        SockRef::from(socket.get_ref()).set_tcp_keepalive(&TcpKeepalive::new().with_time(idle))?;
    }
    Ok(socket)
}
