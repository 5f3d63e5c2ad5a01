//! A connection, as an event source that handlers control.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::io::{self, IoSlice};
use std::net::Shutdown;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_io::Timer;
use bytes::{Buf, Bytes};
use futures::{AsyncRead, AsyncWrite, FutureExt, Stream};
use marketplace_core::{EventSource, Once};

use super::ConnectedSocket;

/// How long a connection that is done with waits for the peer to be done too, so that what the peer had
/// still sent does not turn into a reset that destroys the last reply.
const LINGER: Duration = Duration::from_secs(2);

/// How many pieces are written by one system call at the most.
const PIECES: usize = 64;

/// How often a connection reads what it discards before it lets others go on.
const DISCARDS: usize = 16;

const SCRATCH: usize = 64 * 1024;

thread_local! {
    /// Where all connections read to; no idle connection holds a buffer.
    static SCRATCH_BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; SCRATCH]);
}

/// What a connection's source yields.
#[derive(Debug)]
pub(crate) enum Activity {
    /// Some bytes came.
    Data(Bytes),
    /// The peer will send no more.
    Eof,
    /// The connection is lost.
    Failed(Once<io::Error>),
}

/// A handler's end of a connection: it queues and asks, and never waits.
#[derive(Clone, Default)]
pub(crate) struct Controls(Arc<Mutex<Asked>>);

/// What has been asked of a connection.
#[derive(Default)]
struct Asked {
    outgoing: VecDeque<Bytes>,
    reading: bool,
    ending: Ending,
    waker: Option<Waker>,
}

/// How far the connection is to be ended, once what is queued has been written.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Ending {
    #[default]
    Open,
    /// Shut down the sending side.
    Sending,
    /// Shut down the sending side, discard what comes, and close.
    Both,
}

impl Controls {
    /// Queues some bytes to be sent; whether the sending side is still open.
    pub(crate) fn send(&self, bytes: Bytes) -> bool {
        let mut asked = self.lock();
        if asked.ending != Ending::Open {
            return false;
        }
        if !bytes.is_empty() {
            asked.outgoing.push_back(bytes);
            asked.wake();
        }
        true
    }

    /// Reads from the socket, or lets the bytes wait in it.
    pub(crate) fn read(&self, reading: bool) {
        let mut asked = self.lock();
        asked.reading = reading;
        asked.wake();
    }

    /// Shuts down the sending side once all is written.
    pub(crate) fn end_sending(&self) {
        self.end(Ending::Sending);
    }

    /// Closes the connection once all is written. Its source's stream ends when that is done.
    pub(crate) fn close(&self) {
        self.end(Ending::Both);
    }

    /// Whether both are of one connection.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    fn end(&self, ending: Ending) {
        let mut asked = self.lock();
        asked.ending = asked.ending.max(ending);
        asked.wake();
    }

    fn lock(&self) -> MutexGuard<'_, Asked> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The source of what happens on the connection over `socket`.
    pub(crate) fn source(&self, socket: ConnectedSocket) -> EventSource {
        let connection =
            Connection { socket, controls: self.clone(), has_shut_down: false, has_eof: false, linger: None };
        EventSource::once("tcp connection", connection)
    }
}

impl Asked {
    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl fmt::Debug for Controls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Controls").finish_non_exhaustive()
    }
}

/// A connection as a stream: it writes what is queued, then reads if it may.
struct Connection {
    socket: ConnectedSocket,
    controls: Controls,
    has_shut_down: bool,
    has_eof: bool,
    linger: Option<Timer>,
}

impl Stream for Connection {
    type Item = Activity;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Activity>> {
        let (written, reading, ending) = self.poll_write(cx);
        match written {
            // Whoever closes a connection does not ask how it went.
            Err(_) if ending == Ending::Both => Poll::Ready(None),
            Err(error) => Poll::Ready(Some(Activity::Failed(Once::new(error)))),
            Ok(()) if ending == Ending::Both => self.poll_linger(cx).map(|()| None),
            Ok(()) if reading && !self.has_eof => self.poll_read(cx).map(Some),
            Ok(()) => Poll::Pending,
        }
    }
}

impl Connection {
    /// Writes what is queued, as far as the socket takes it; whether it may read, and is to end.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> (io::Result<()>, bool, Ending) {
        let mut asked = self.controls.lock();
        asked.waker = Some(cx.waker().clone());
        let (reading, ending) = (asked.reading, asked.ending);
        while !asked.outgoing.is_empty() {
            let pieces: Vec<IoSlice<'_>> =
                asked.outgoing.iter().take(PIECES).map(|bytes| IoSlice::new(bytes)).collect();
            match Pin::new(&mut &self.socket).poll_write_vectored(cx, &pieces) {
                Poll::Pending => return (Ok(()), reading, ending),
                Poll::Ready(Ok(written)) => asked.advance(written),
                Poll::Ready(Err(error)) => return (Err(error), reading, ending),
            }
        }
        if ending == Ending::Open || self.has_shut_down {
            return (Ok(()), reading, ending);
        }
        self.has_shut_down = true;
        (self.socket.shutdown(Shutdown::Write), reading, ending)
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Activity> {
        SCRATCH_BUFFER.with_borrow_mut(|buffer| {
            Pin::new(&mut &self.socket).poll_read(cx, buffer).map(|read| match read {
                Ok(0) => {
                    self.has_eof = true;
                    Activity::Eof
                }
                Ok(count) => Activity::Data(Bytes::copy_from_slice(&buffer[..count])),
                Err(error) => Activity::Failed(Once::new(error)),
            })
        })
    }

    /// Discards what comes until the peer is done too, or the time is over.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        for _ in 0..DISCARDS {
            if self.has_shut_down && self.has_eof {
                return Poll::Ready(());
            }
            if self.has_eof {
                return Poll::Pending;
            }
            match self.poll_read(cx) {
                Poll::Ready(Activity::Failed(_)) => return Poll::Ready(()),
                Poll::Ready(_) => {}
                Poll::Pending if self.has_shut_down => {
                    return self
                        .linger
                        .get_or_insert_with(|| Timer::after(LINGER))
                        .poll_unpin(cx)
                        .map(|_| ());
                }
                Poll::Pending => return Poll::Pending,
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Asked {
    /// Takes away what has been written.
    fn advance(&mut self, mut written: usize) {
        while let Some(first) = self.outgoing.front_mut() {
            if written < first.len() {
                first.advance(written);
                return;
            }
            written -= first.len();
            self.outgoing.pop_front();
        }
    }
}
