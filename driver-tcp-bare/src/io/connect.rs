//! Opening an outbound connection: look up the name, then try its addresses as RFC 8305 describes.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{Either, select};
use futures::stream::{FuturesUnordered, StreamExt};

use super::runtime::{Async, Timer, resolve};

/// The time after which the next attempt starts, if the one before has neither succeeded nor failed.
const HEAD_START: Duration = Duration::from_millis(250);

/// Connects to a remote socket. `timeout` limits the look-up and all attempts together.
pub(crate) async fn connect(host: Arc<str>, port: u16, timeout: Duration) -> io::Result<TcpStream> {
    let connecting = pin!(async { race(interleaved(resolve((&*host, port)).await?)).await });
    match select(connecting, Timer::after(timeout)).await {
        Either::Left((connected, _)) => connected,
        Either::Right(_) => {
            Err(io::Error::new(io::ErrorKind::TimedOut, format!("not connected within {timeout:?}")))
        }
    }
}

/// Tries the addresses in order, without waiting for each to fail. Returns the first connection that is opened, and
/// drops the other attempts. If all attempts fail, returns the error of the last one to fail.
async fn race(addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    let mut addresses = addresses.into_iter();
    let mut attempts = FuturesUnordered::new();
    loop {
        attempts.extend(addresses.next().map(Async::<TcpStream>::connect));
        let head_start = if addresses.len() > 0 { Timer::after(HEAD_START) } else { Timer::never() };
        match select(attempts.next(), head_start).await {
            Either::Left((Some(Ok(socket)), _)) => return socket.into_inner(),
            Either::Left((Some(Err(error)), _)) => last = error,
            Either::Left((None, _)) => return Err(last),
            Either::Right(_) => {}
        }
    }
}

/// Orders the addresses so that IPv6 and IPv4 alternate, beginning with the family of the first address.
fn interleaved(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let Some(first) = addresses.first().map(SocketAddr::is_ipv4) else { return addresses };
    let (preferred, others): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|address| address.is_ipv4() == first);
    let mut others = others.into_iter();
    let mut all = Vec::new();
    for address in preferred {
        all.push(address);
        all.extend(others.next());
    }
    all.extend(others);
    all
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};
    use std::time::Instant;

    use async_std::task::block_on;
    use socket2::{Domain, Socket, Type};

    use super::*;

    /// An address that does not answer, because its backlog is full, and the sockets that keep it full.
    fn silent() -> anyhow::Result<(SocketAddr, (Socket, TcpStream))> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
        socket.listen(0)?;
        let address = TcpListener::from(socket.try_clone()?).local_addr()?;
        let first = TcpStream::connect(address)?;
        Ok((address, (socket, first)))
    }

    /// An address that refuses connections, because its socket is bound but does not listen.
    fn refusing() -> anyhow::Result<(SocketAddr, Socket)> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
        let address = socket.local_addr()?.as_socket().ok_or_else(|| anyhow::anyhow!("not of IPv4"))?;
        Ok((address, socket))
    }

    #[test]
    fn an_address_that_does_not_answer_holds_up_the_next_for_a_moment_only() -> anyhow::Result<()> {
        let (silent, _full) = silent()?;
        let open = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let start = Instant::now();
        let socket = block_on(race(vec![silent, silent, open.local_addr()?]))?;
        assert_eq!(socket.peer_addr()?, open.local_addr()?);
        assert!(start.elapsed() >= 2 * HEAD_START, "two had no head start, after {:?}", start.elapsed());
        assert!(start.elapsed() < 20 * HEAD_START, "only after {:?}", start.elapsed());
        Ok(())
    }

    #[test]
    fn an_address_that_refuses_holds_up_nothing() -> anyhow::Result<()> {
        let (refusing, _reserved) = refusing()?;
        let open = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let mut addresses = vec![refusing; 40];
        addresses.push(open.local_addr()?);
        let start = Instant::now();
        let socket = block_on(race(addresses))?;
        assert_eq!(socket.peer_addr()?, open.local_addr()?);
        assert!(start.elapsed() < 20 * HEAD_START, "only after {:?}", start.elapsed());
        Ok(())
    }

    #[test]
    fn the_first_that_connects_is_the_only_one_that_stays() -> anyhow::Result<()> {
        let (silent, full) = silent()?;
        let open = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let socket = block_on(race(vec![silent, open.local_addr()?]))?;
        // Now the backlog has room for the other attempt.
        drop(full.1);
        full.0.set_read_timeout(Some(Duration::from_secs(1)))?;
        full.0.accept()?;
        assert!(full.0.accept().is_err(), "the other attempt goes on");
        drop(socket);
        Ok(())
    }

    #[test]
    fn where_none_connects_the_error_is_the_last_ones() -> anyhow::Result<()> {
        let (refusing, _reserved) = refusing()?;
        let error = block_on(race(vec![refusing, refusing])).err().map(|error| error.kind());
        assert_eq!(error, Some(io::ErrorKind::ConnectionRefused));
        let error = block_on(race(Vec::new())).err().map(|error| error.kind());
        assert_eq!(error, Some(io::ErrorKind::NotFound));
        Ok(())
    }

    #[test]
    fn the_families_take_turns_and_the_first_one_begins() {
        let four = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let six = |port| SocketAddr::from((Ipv6Addr::LOCALHOST, port));
        let listed = vec![six(1), six(2), six(3), four(4), four(5)];
        assert_eq!(interleaved(listed), [six(1), four(4), six(2), four(5), six(3)]);
        let listed = vec![four(1), six(2), six(3), six(4)];
        assert_eq!(interleaved(listed), [four(1), six(2), six(3), six(4)]);
        assert_eq!(interleaved(Vec::new()), []);
    }
}
