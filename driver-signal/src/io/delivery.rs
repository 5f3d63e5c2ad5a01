//! Delivery of signals from the signal handler: the handler writes a byte to a socket pair, which wakes the reader.

use std::io;
use std::os::unix::net::UnixStream;

use async_io::Async;
use futures::{AsyncReadExt, Stream, stream};
use signal_hook::low_level::pipe;

use super::{Received, disposition, number};
use crate::message::SignalKind;
use disposition::Hold;

/// The delivery of a signal. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct Delivery {
    _hold: Hold,
}

impl Delivery {
    /// Begins the delivery. Signals wait in the socket, which has room for some hundreds. If it is full, further
    /// signals are merged with those that wait.
    pub(super) fn begin(kind: SignalKind) -> io::Result<(Self, impl Stream<Item = Received> + Send + use<>)> {
        let signal = number::of(kind).ok_or_else(|| {
            io::Error::new(io::ErrorKind::Unsupported, format!("{kind} cannot be caught by any program"))
        })?;
        let (read, written) = UnixStream::pair()?;
        let read = Async::new(read)?;
        let hold = disposition::hold(signal, || pipe::register(signal, written))?;
        Ok((Self { _hold: hold }, received(read)))
    }
}

/// A stream with an item for each byte.
fn received(read: Async<UnixStream>) -> impl Stream<Item = Received> {
    stream::try_unfold(read, |mut read| async move {
        let length = read.read(&mut [0]).await?;
        Ok((length > 0).then_some(((), read)))
    })
}
