//! A connection to the server, on which a test sends what it likes.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};

use anyhow::{Context as _, ensure};
use marketplace_testing::TIMEOUT;
use serde_json::Value;

use super::Answer;

pub(crate) struct Browser(BufReader<TcpStream>);

impl Browser {
    pub(crate) fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let socket = TcpStream::connect(address)?;
        socket.set_read_timeout(Some(TIMEOUT))?;
        socket.set_write_timeout(Some(TIMEOUT))?;
        Ok(Self(BufReader::new(socket)))
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        Ok(self.0.get_mut().write_all(bytes)?)
    }

    pub(crate) fn ask(&mut self, request: &str) -> anyhow::Result<Answer> {
        self.send(request.as_bytes())?;
        self.answer()
    }

    pub(crate) fn answer(&mut self) -> anyhow::Result<Answer> {
        Answer::read(&mut self.0)
    }

    pub(crate) fn head(&mut self) -> anyhow::Result<Answer> {
        Answer::read_head(&mut self.0)
    }

    /// Waits until the server closes the connection, whatever it has said before.
    pub(crate) fn ends(mut self) -> anyhow::Result<Vec<u8>> {
        let mut rest = Vec::new();
        match self.0.read_to_end(&mut rest) {
            Err(error) if error.kind() != ErrorKind::ConnectionReset => Err(error.into()),
            _ => Ok(rest),
        }
    }

    /// The stream that was requested.
    pub(crate) fn stream(mut self) -> anyhow::Result<Stream> {
        let answer = self.head()?;
        ensure!(answer.status == 200, "no stream: {answer:?}");
        Ok(Stream(self))
    }
}

/// A page's stream.
pub(crate) struct Stream(Browser);

impl Stream {
    /// The next frame.
    pub(crate) fn frame(&mut self) -> anyhow::Result<Value> {
        loop {
            let mut line = String::new();
            ensure!(self.0.0.read_line(&mut line)? > 0, "the stream has ended");
            if let Some(json) = line.strip_prefix("data: ") {
                return serde_json::from_str(json).with_context(|| format!("no frame: {json}"));
            }
        }
    }

    /// The first frame for which `wanted` returns something.
    pub(crate) fn find<T>(&mut self, wanted: impl Fn(&Value) -> Option<T>) -> anyhow::Result<T> {
        let mut last = Value::Null;
        // At most five come a second.
        for _ in 0..5 * TIMEOUT.as_secs() {
            last = self.frame()?;
            if let Some(found) = wanted(&last) {
                return Ok(found);
            }
        }
        anyhow::bail!("what was waited for is in no frame; the last: {last}")
    }

    pub(crate) fn ends(self) -> anyhow::Result<Vec<u8>> {
        self.0.ends()
    }
}
