//! Listening, and accepting what comes.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use async_io::Timer;
use async_std::net::TcpListener;
use futures::stream;
use marketplace_core::{EventSource, Once};
use socket2::{Domain, Protocol, Socket, Type};
use tracing::warn;

use super::ConnectedSocket;

/// How many connections may wait to be accepted.
const BACKLOG: i32 = 1024;

/// How long accepting pauses when the system refuses it.
const PAUSE: Duration = Duration::from_millis(100);

/// A connection that came in: yielded by a listener's source, in [`Once`].
pub(crate) type Accepted = (ConnectedSocket, SocketAddr);

/// Binds a listener: the source of what it accepts, and its address.
pub(crate) fn listen(address: IpAddr, port: u16) -> io::Result<(EventSource, SocketAddr)> {
    let address = SocketAddr::new(address, port);
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // A port whose last connections still wait for their end can be listened on again.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    let listener = std::net::TcpListener::from(socket);
    let address = listener.local_addr()?;
    let accepted = stream::unfold(TcpListener::from(listener), |listener| async {
        let accepted = accept(&listener).await;
        Some((Once::new(accepted), listener))
    });
    Ok((EventSource::once(format!("tcp listener {address}"), accepted), address))
}

async fn accept(listener: &TcpListener) -> Accepted {
    loop {
        match listener.accept().await.and_then(|(socket, peer)| {
            socket.set_nodelay(true)?;
            Ok((socket, peer))
        }) {
            Ok(accepted) => return accepted,
            Err(error) if is_about_one_connection(&error) => {}
            Err(error) => {
                warn!(%error, "accepting pauses");
                Timer::after(PAUSE).await;
            }
        }
    }
}

fn is_about_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted, InvalidInput};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted | InvalidInput
    )
}
