//! The input, read on a thread of its own, a piece at a time and only when it is asked for.

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

/// How many bytes are read at a time.
const PIECE: usize = 64 * 1024;

/// The program has one standard input, so what was read of it belongs to whichever driver comes next.
static STANDARD: LazyLock<Reader> = LazyLock::new(|| Reader::named("standard input", io::stdin()));

/// An input, and what has been read of it and not been told; clones are the same.
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
    /// How the input has ended, once all that came before has been told.
    end: Option<io::Result<()>>,
    /// How often something has come.
    arrivals: u64,
    /// Those who wait for that, and how many there have been.
    wakers: BTreeMap<u64, Waker>,
    listeners: u64,
}

/// Something has come: to be taken, if nobody else has.
#[derive(Debug)]
pub(crate) struct Arrival;

/// Asks for a piece to be read. Its end, however that comes about, is the end of the reading.
struct Request {
    reader: Weak<Shared>,
    /// What has been read.
    read: io::Result<Vec<u8>>,
}

/// Yields whenever something has come.
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

    /// Has the next piece read, unless that is going on.
    pub(crate) fn read(&self) {
        if mem::replace(&mut self.0.lock().is_reading, true) {
            return;
        }
        let unread = Err(io::Error::other("reading has panicked"));
        let request = Request { reader: Arc::downgrade(&self.0), read: unread };
        let mut worker = self.0.worker.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = worker.give(request) {
            self.0.lock().end = Some(Err(error));
        }
    }

    /// A source that yields an [`Arrival`] whenever something has come from now on.
    pub(crate) fn arrivals(&self) -> EventSource {
        let mut state = self.0.lock();
        state.listeners += 1;
        let (number, seen) = (state.listeners, state.arrivals);
        EventSource::once(self.0.name, Arrivals { reader: self.clone(), number, seen })
    }

    /// The next piece of what has come.
    pub(crate) fn take(&self, form: Form, max_line_length: usize) -> Option<Piece> {
        let mut state = self.0.lock();
        let is_last = state.end.is_some();
        match form {
            Form::Lines => state.buffer.take_line(max_line_length, is_last).map(Piece::Line),
            Form::Bytes if state.buffer.is_empty() => None,
            Form::Bytes => Some(Piece::Bytes(state.buffer.take_bytes())),
        }
    }

    /// Takes back a piece that nobody has heard.
    pub(crate) fn put_back(&self, piece: &Piece) {
        let mut state = self.0.lock();
        match piece {
            Piece::Line(line) => state.buffer.put_back_line(line),
            Piece::Bytes(bytes) => state.buffer.put_back_bytes(bytes),
        }
    }

    /// How the input has ended, if it has. After that it can be read anew.
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

/// Reads a piece; waits for it.
fn read(input: &mut impl Read, scratch: &mut [u8]) -> io::Result<Vec<u8>> {
    loop {
        match input.read(scratch) {
            Ok(count) => return Ok(scratch[..count].to_vec()),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
