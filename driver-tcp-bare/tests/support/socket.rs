//! Plain sockets as the driver's peers. None of their operations waits forever.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use driver_tcp_bare::TcpAddress;
use socket2::{Domain, SockRef, Socket, Type};

use marketplace_testing::TIMEOUT;

/// A listener for the driver to connect to.
pub(crate) struct Remote(TcpListener);

impl Remote {
    pub(crate) fn listen() -> anyhow::Result<Self> {
        let socket = Socket::from(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?);
        Self::on(socket)
    }

    /// The same, with a socket that already listens.
    pub(crate) fn on(socket: Socket) -> anyhow::Result<Self> {
        // Accepting has a time-out too.
        socket.set_read_timeout(Some(TIMEOUT))?;
        Ok(Self(socket.into()))
    }

    pub(crate) fn port(&self) -> anyhow::Result<u16> {
        Ok(self.0.local_addr()?.port())
    }

    pub(crate) fn address(&self) -> anyhow::Result<TcpAddress> {
        Ok(self.0.local_addr()?.into())
    }

    pub(crate) fn accept(&self) -> anyhow::Result<TcpStream> {
        let (stream, _) = self.0.accept().context("no connection to accept")?;
        with_timeouts(stream)
    }
}

pub(crate) fn connect(address: SocketAddr) -> anyhow::Result<TcpStream> {
    with_timeouts(TcpStream::connect_timeout(&address, TIMEOUT)?)
}

fn with_timeouts(stream: TcpStream) -> anyhow::Result<TcpStream> {
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Whether connections to the address are refused. A connection that is reset because the listener closes was still
/// made.
pub(crate) fn is_refused(address: SocketAddr) -> anyhow::Result<bool> {
    match TcpStream::connect_timeout(&address, TIMEOUT) {
        Ok(_) => Ok(false),
        Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok(false),
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => Ok(true),
        Err(error) => Err(error.into()),
    }
}

pub(crate) fn write_all(mut stream: &TcpStream, bytes: &[u8]) -> anyhow::Result<()> {
    stream.write_all(bytes).context("cannot write")
}

/// Reads until the end of the stream. A reset is an error.
pub(crate) fn read_to_end(mut stream: &TcpStream) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).with_context(|| format!("cannot read on after {} bytes", bytes.len()))?;
    Ok(bytes)
}

/// Reads exactly `count` bytes.
pub(crate) fn read_exact(mut stream: &TcpStream, count: usize) -> anyhow::Result<Vec<u8>> {
    let mut bytes = vec![0; count];
    stream.read_exact(&mut bytes).context("cannot read on")?;
    Ok(bytes)
}

/// Whether the other end has closed the connection, by an end-of-file or by a reset.
pub(crate) fn is_cut_off(mut stream: &TcpStream) -> anyhow::Result<bool> {
    match stream.read(&mut [0]) {
        Ok(count) => Ok(count == 0),
        Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok(true),
        Err(error) => Err(error).context("the connection is neither open nor closed"),
    }
}

/// Sends bytes, and checks that the same bytes are sent back.
pub(crate) fn exchange(mut stream: &TcpStream, bytes: &[u8]) -> anyhow::Result<()> {
    write_all(stream, bytes)?;
    let mut back = vec![0; bytes.len()];
    stream.read_exact(&mut back).context("cannot read what was sent")?;
    ensure!(back == bytes, "the echoed bytes are different");
    Ok(())
}

/// Closes a connection by a reset.
pub(crate) fn reset(stream: TcpStream) -> io::Result<()> {
    SockRef::from(&stream).set_linger(Some(Duration::ZERO))?;
    drop(stream);
    Ok(())
}

/// A port of 127.0.0.1 that the kernel does not pick for another socket while this socket exists, but that a listener
/// with `SO_REUSEADDR` may bind. No socket listens on it.
pub(crate) fn reserve_port() -> anyhow::Result<(Socket, SocketAddr)> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
    let address = socket.local_addr()?.as_socket().context("an address of IPv4")?;
    Ok((socket, address))
}

/// An address that does not answer, because its backlog is full, and the sockets that keep it full.
pub(crate) fn unanswered() -> anyhow::Result<(TcpAddress, (Socket, TcpStream))> {
    let (socket, address) = reserve_port()?;
    socket.listen(0)?;
    let first = connect(address)?;
    match TcpStream::connect_timeout(&address, Duration::from_millis(100)) {
        Err(error) if error.kind() == ErrorKind::TimedOut => Ok((address.into(), (socket, first))),
        Err(error) => Err(error).context("cannot fill the queue"),
        Ok(_) => bail!("the shortest backlog of this system has room for more than one connection"),
    }
}
