//! Plain sockets. All their operations have time-outs.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use anyhow::{Context as _, ensure};

use super::TIMEOUT;

pub(crate) fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    Ok(stream)
}

/// Whether nothing listens there. If the connection is reset while the listener closes, it was still made.
pub(crate) fn is_refused(address: SocketAddr) -> anyhow::Result<bool> {
    match connect(address) {
        Ok(_) => Ok(false),
        Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok(false),
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// Whether the server has closed a connection, and has not sent something instead.
pub(crate) fn is_turned_away(mut stream: &TcpStream) -> anyhow::Result<bool> {
    match stream.read(&mut [0]) {
        Ok(count) => Ok(count == 0),
        Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// Sends something, and checks that the same comes back.
pub(crate) fn exchange(mut stream: &TcpStream, bytes: &[u8]) -> anyhow::Result<()> {
    stream.write_all(bytes).context("cannot write")?;
    let mut back = vec![0; bytes.len()];
    stream.read_exact(&mut back).context("cannot read what was sent")?;
    ensure!(back == bytes, "something else came back");
    Ok(())
}
