//! The input. A thread reads it, one piece at a time and only on request.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read};
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};

use anyhow::Error;
use futures::Stream;
use marketplace_core::EventSource;

use super::worker::Worker;
use crate::buffer::Buffer;
use crate::state::{Form, Piece};

/// The largest number of bytes that are read at a time.
const PIECE: usize = 64 * 1024;

/// The program has one standard input, so input that one driver has read and not delivered belongs to the next driver.
static STANDARD: LazyLock<Reader> = LazyLock::new(|| Reader::named("standard input", io::stdin()));

/// An input, and its bytes that have been read and not been delivered. Clones share both.
#[derive(Clone, Debug)]
pub(crate) struct Reader(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    name: &'static str,
    worker: Mutex<Worker<Request>>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    is_reading: bool,
    buffer: Buffer,
    /// How the input has ended. It is reported after the buffer has been delivered.
    end: Option<io::Result<()>>,
    /// How many reads have completed.
    arrivals: u64,
    /// The wakers of the event sources, by the numbers of the sources.
    wakers: BTreeMap<u64, Waker>,
    /// How many event sources have been created.
    listeners: u64,
}

/// An event: a read has completed. Another driver may already have taken its bytes.
#[derive(Debug)]
pub(crate) struct Arrival;

/// A request to read a piece. The read is completed when the request is dropped, even after a panic.
struct Request {
    reader: Weak<Shared>,
    /// The result of the read.
    read: io::Result<Vec<u8>>,
}

/// A stream with an event for completed reads.
struct Arrivals {
    reader: Reader,
    number: u64,
    seen: u64,
}

impl Reader {
    /// The program's standard input.
    pub(crate) fn standard() -> Self {
        STANDARD.clone()
    }

    pub(crate) fn new(input: impl Read + Send + 'static) -> Self {
        Self::named("the input", input)
    }

    fn named(name: &'static str, mut input: impl Read + Send + 'static) -> Self {
        let mut scratch = Vec::new();
        let worker = Worker::new("console input", move |mut request: Request| {
            scratch.resize(PIECE, 0);
            request.read = read(&mut input, &mut scratch);
        });
        Self(Arc::new(Shared { name, worker: Mutex::new(worker), state: Mutex::default() }))
    }

    /// Starts to read the next piece, unless a read is in progress.
    pub(crate) fn read(&self) {
        if mem::replace(&mut self.0.lock().is_reading, true) {
            return;
        }
        let unread = Err(io::Error::other("reading has panicked"));
        let request = Request { reader: Arc::downgrade(&self.0), read: unread };
        let mut worker = self.0.worker.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = worker.submit(request) {
            self.0.lock().end = Some(Err(error));
        }
    }

    /// An event source that emits an [`Arrival`] when a read completes from now on.
    pub(crate) fn arrivals(&self) -> EventSource {
        let mut state = self.0.lock();
        state.listeners += 1;
        let (number, seen) = (state.listeners, state.arrivals);
        EventSource::once(self.0.name, Arrivals { reader: self.clone(), number, seen })
    }

    /// Removes and returns the next piece of the buffer.
    pub(crate) fn take(&self, form: Form, max_line_length: usize) -> Option<Piece> {
        let mut state = self.0.lock();
        let is_last = state.end.is_some();
        match form {
            Form::Lines => state.buffer.take_line(max_line_length, is_last).map(Piece::Line),
            Form::Bytes if state.buffer.is_empty() => None,
            Form::Bytes => Some(Piece::Bytes(state.buffer.take_bytes())),
        }
    }

    /// Puts back a piece that had no receiver.
    pub(crate) fn put_back(&self, piece: &Piece) {
        let mut state = self.0.lock();
        match piece {
            Piece::Line(line) => state.buffer.put_back_line(line),
            Piece::Bytes(bytes) => state.buffer.put_back_bytes(bytes),
        }
    }

    /// How the input has ended, or `None` if it has not. After that it can be read again.
    pub(crate) fn take_end(&self) -> Option<Result<(), Error>> {
        let end = self.0.lock().end.take()?;
        Some(end.map_err(|error| Error::new(error).context(format!("cannot read {}", self.0.name))))
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stream for Arrivals {
    type Item = Arrival;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Arrival>> {
        let reader = self.reader.clone();
        let mut state = reader.0.lock();
        if mem::replace(&mut self.seen, state.arrivals) != state.arrivals {
            return Poll::Ready(Some(Arrival));
        }
        state.wakers.insert(self.number, cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for Arrivals {
    fn drop(&mut self) {
        let waker = self.reader.0.lock().wakers.remove(&self.number);
        drop(waker);
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        let Some(reader) = self.reader.upgrade() else { return };
        let mut state = reader.lock();
        match mem::replace(&mut self.read, Ok(Vec::new())) {
            Ok(piece) if piece.is_empty() => state.end = Some(Ok(())),
            Ok(piece) => state.buffer.push(&piece),
            Err(error) => state.end = Some(Err(error)),
        }
        state.is_reading = false;
        state.arrivals += 1;
        let wakers = mem::take(&mut state.wakers);
        drop(state);
        wakers.into_values().for_each(Waker::wake);
    }
}

/// Reads a piece. Blocks until one arrives.
fn read(input: &mut impl Read, scratch: &mut [u8]) -> io::Result<Vec<u8>> {
    loop {
        match input.read(scratch) {
            Ok(count) => return Ok(scratch[..count].to_vec()),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
