//! The sockets: the only place that knows async-std.

mod connection;
mod listener;

use std::io;
use std::sync::Arc;

use async_std::net::TcpStream;

pub(crate) use connection::{Activity, Controls};
pub(crate) use listener::{Accepted, listen};

/// A connected socket.
pub(crate) type ConnectedSocket = TcpStream;

/// Connects to a remote socket, trying the addresses of its name in turn.
pub(crate) async fn connect(host: Arc<str>, port: u16) -> io::Result<ConnectedSocket> {
    let socket = TcpStream::connect((&*host, port)).await?;
    socket.set_nodelay(true)?;
    Ok(socket)
}
