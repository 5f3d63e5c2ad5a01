//! An output. A thread writes it, one piece at a time.

use std::io::{self, Write};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use bytes::Bytes;
use futures::channel::oneshot;
use futures::future::{Either, FutureExt, ready};

use super::worker::Worker;

/// The program has one standard output and one standard error, so all drivers share them, and their pieces are
/// written in the order in which they were submitted.
static STANDARD_OUTPUT: LazyLock<Writer> = LazyLock::new(|| Writer::new(io::stdout()));
static STANDARD_ERROR: LazyLock<Writer> = LazyLock::new(|| Writer::new(io::stderr()));

/// An output. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Writer(Arc<Mutex<Worker<Piece>>>);

/// A piece to write.
struct Piece {
    bytes: Bytes,
    /// Receives the result.
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
            // The receiver may have been dropped.
            let _is_dropped = piece.written.send(written);
        });
        Self(Arc::new(Mutex::new(worker)))
    }

    /// Writes and flushes a piece, after all pieces that were submitted before. The future completes after that.
    pub(crate) fn write(&self, bytes: Bytes) -> impl Future<Output = io::Result<()>> + Send + use<> {
        let (written, result) = oneshot::channel();
        let mut worker = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match worker.submit(Piece { bytes, written }) {
            Ok(()) => Either::Left(
                result.map(|result| result.unwrap_or_else(|_| Err(io::Error::other("writing has panicked")))),
            ),
            Err(error) => Either::Right(ready(Err(error))),
        }
    }
}
