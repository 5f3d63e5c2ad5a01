//! The way of a signal out of the system's handler: the handler writes a byte to a socket, which wakes whoever reads.

use std::io;
use std::os::unix::net::UnixStream;

use async_io::Async;
use futures::{AsyncReadExt, Stream, stream};
use signal_hook::low_level::pipe;

use super::{Told, disposition, number};
use crate::message::SignalKind;
use disposition::Hold;

/// A signal's way, until this is dropped.
#[derive(Debug)]
pub(super) struct Delivery {
    _hold: Hold,
}

impl Delivery {
    /// Opens the way; what comes by it waits in the socket, which has room for some hundred signals. Equal ones that find
    /// it full are one with those that wait.
    pub(super) fn begin(kind: SignalKind) -> io::Result<(Self, impl Stream<Item = Told> + Send + use<>)> {
        let signal = number::of(kind).ok_or_else(|| {
            io::Error::new(io::ErrorKind::Unsupported, format!("the system lets no program catch {kind}"))
        })?;
        let (read, written) = UnixStream::pair()?;
        let read = Async::new(read)?;
        let hold = disposition::hold(signal, || pipe::register(signal, written))?;
        Ok((Self { _hold: hold }, told(read)))
    }
}

/// Says so whenever a byte comes.
fn told(read: Async<UnixStream>) -> impl Stream<Item = Told> {
    stream::try_unfold(read, |mut read| async move {
        let came = read.read(&mut [0]).await?;
        Ok((came > 0).then_some(((), read)))
    })
}
