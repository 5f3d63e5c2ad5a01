//! A TCP client, in the place of `nc`.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use marketplace_testing::TIMEOUT;
use socket2::SockRef;

/// A connection to a program; it is closed when this is dropped. No operation waits for ever.
pub(crate) struct Client(BufReader<TcpStream>);

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        stream.set_write_timeout(Some(TIMEOUT))?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Connects, and reads these lines.
    pub(crate) fn connect_and_expect(address: SocketAddr, lines: &[&str]) -> anyhow::Result<Self> {
        let mut client = Self::connect(address)?;
        client.expect(lines)?;
        Ok(client)
    }

    /// Sends text as it is: a line needs its end.
    pub(crate) fn send(&self, text: &str) -> anyhow::Result<()> {
        Ok(self.0.get_ref().write_all(text.as_bytes())?)
    }

    /// Fails unless these are the next lines.
    pub(crate) fn expect(&mut self, lines: &[&str]) -> anyhow::Result<()> {
        for expected in lines {
            let mut line = String::new();
            self.0.read_line(&mut line).with_context(|| format!("{expected:?} does not arrive"))?;
            ensure!(line == format!("{expected}\n"), "{line:?} arrives instead of {expected:?}");
        }
        Ok(())
    }

    /// All that still arrives until the server closes the connection.
    pub(crate) fn rest(&mut self) -> anyhow::Result<String> {
        let mut rest = String::new();
        self.0.read_to_string(&mut rest).context("the connection does not end properly")?;
        Ok(rest)
    }

    /// Sends no more, and still reads.
    pub(crate) fn finish(&self) -> anyhow::Result<()> {
        Ok(self.0.get_ref().shutdown(Shutdown::Write)?)
    }

    /// Closes the connection with a reset.
    pub(crate) fn reset(self) -> anyhow::Result<()> {
        Ok(SockRef::from(self.0.get_ref()).set_linger(Some(Duration::ZERO))?)
    }
}
