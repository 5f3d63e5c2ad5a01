//! A client of `chat-server`.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use socket2::SockRef;

use super::connect;

/// A person in the room, who leaves when this value is dropped.
pub(crate) struct Guest {
    /// The name that the server has given.
    pub(crate) name: String,
    stream: BufReader<TcpStream>,
}

impl Guest {
    /// Enters, and receives a name.
    pub(crate) fn enter(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = connect(address)?;
        stream.set_nodelay(true)?;
        let mut guest = Self { name: String::new(), stream: BufReader::new(stream) };
        let greeting = guest.hear().context("no greeting comes")?;
        let name = greeting.strip_prefix("You are ").and_then(|rest| rest.strip_suffix('.'));
        guest.name = name.context(greeting.clone())?.to_owned();
        Ok(guest)
    }

    /// Sends a text as it is. A line needs its line break.
    pub(crate) fn say(&self, text: impl AsRef<[u8]>) -> anyhow::Result<()> {
        self.stream.get_ref().write_all(text.as_ref()).context("cannot write")
    }

    /// The next line, without its line break.
    pub(crate) fn hear(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line).with_context(|| format!("{} hears nothing", self.name))?;
        let text = line.strip_suffix('\n').with_context(|| format!("{} hears the end: {line:?}", self.name));
        Ok(text?.to_owned())
    }

    /// An error unless these are the next lines.
    pub(crate) fn expect<T: AsRef<str>>(&mut self, lines: impl IntoIterator<Item = T>) -> anyhow::Result<()> {
        for line in lines {
            let (line, heard) = (line.as_ref(), self.hear()?);
            ensure!(heard == line, "{} hears {heard:?}, and not {line:?}", self.name);
        }
        Ok(())
    }

    /// Everything that still arrives, up to the end.
    pub(crate) fn expect_end(&mut self) -> anyhow::Result<String> {
        let mut rest = String::new();
        self.stream.read_to_string(&mut rest).context("not a proper end")?;
        Ok(rest)
    }

    /// Sends nothing more, but still receives.
    pub(crate) fn fall_silent(&self) -> anyhow::Result<()> {
        Ok(self.stream.get_ref().shutdown(Shutdown::Write)?)
    }

    /// Leaves without closing the connection properly.
    pub(crate) fn reset(self) -> anyhow::Result<()> {
        Ok(SockRef::from(self.stream.get_ref()).set_linger(Some(Duration::ZERO))?)
    }
}
