//! An output, written on a thread of its own, a piece at a time.

use std::io::{self, Write};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use bytes::Bytes;
use futures::channel::oneshot;
use futures::future::{Either, FutureExt, ready};

use super::worker::Worker;

/// The program has one of each, so what several drivers write comes in the order in which it was handed over.
static STANDARD_OUTPUT: LazyLock<Writer> = LazyLock::new(|| Writer::new(io::stdout()));
static STANDARD_ERROR: LazyLock<Writer> = LazyLock::new(|| Writer::new(io::stderr()));

/// An output; clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Writer(Arc<Mutex<Worker<Piece>>>);

/// What is to be written.
struct Piece {
    bytes: Bytes,
    /// Told what has become of it.
    written: oneshot::Sender<io::Result<()>>,
}

impl Writer {
    /// The program's standard output.
    pub(crate) fn standard_output() -> Self {
        STANDARD_OUTPUT.clone()
    }

    /// The program's standard error.
    pub(crate) fn standard_error() -> Self {
        STANDARD_ERROR.clone()
    }

    pub(crate) fn new(mut output: impl Write + Send + 'static) -> Self {
        let worker = Worker::new("console output", move |piece: Piece| {
            let written = output.write_all(&piece.bytes).and_then(|()| output.flush());
            // Nobody may be interested any more.
            let _untold = piece.written.send(written);
        });
        Self(Arc::new(Mutex::new(worker)))
    }

    /// Has a piece written and flushed, after all that were handed over before; the future waits for that.
    pub(crate) fn write(&self, bytes: Bytes) -> impl Future<Output = io::Result<()>> + Send + use<> {
        let (written, outcome) = oneshot::channel();
        let mut worker = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match worker.give(Piece { bytes, written }) {
            Ok(()) => Either::Left(
                outcome.map(|told| told.unwrap_or_else(|_| Err(io::Error::other("writing has panicked")))),
            ),
            Err(error) => Either::Right(ready(Err(error))),
        }
    }
}
