//! A connection, as an event source.

mod closing;

use std::cell::RefCell;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll};
use std::time::Duration;
use std::{io, mem};

use anyhow::anyhow;
use async_io::Timer;
use bytes::Bytes;
use futures::{AsyncRead, AsyncWrite, FutureExt, Stream};
use marketplace_core::{EventSource, Reason};

use super::ConnectedSocket;
use super::controls::{Asked, Controls, Ending};
use super::loss::Loss;
use crate::admission::Admitted;
use crate::counters::TcpCounters;
use crate::options::Options;

/// The most that one reading takes.
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
    /// The queue has come down to the low-water mark again.
    Relieved,
    /// The program stops; nothing more is read.
    Stopped,
    /// The connection is lost.
    Failed(Reason),
}

/// What is known of what the peer has sent, without reading.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inflow {
    /// Only reading tells.
    Unknown,
    /// The last reading took all there was, so that the next would find nothing yet.
    Drained,
    /// Something has come that is not to be read yet.
    Waiting,
    /// All has come.
    Ended,
}

/// A connection as a stream: it writes what is queued, then reads if it may.
struct Connection {
    socket: ConnectedSocket,
    controls: Controls,
    options: Arc<Options>,
    counters: Arc<TcpCounters>,
    /// An inbound connection's place.
    _admitted: Option<Admitted>,
    /// When an inbound connection that nobody has taken is closed.
    untaken: Option<Box<Timer>>,
    inflow: Inflow,
    is_paused: bool,
    has_shut_down: bool,
    has_stopped: bool,
    /// The first failure.
    lost: Option<Reason>,
    /// When a connection that is being closed is closed whatever is left.
    deadline: Option<Box<Timer>>,
}

/// The source of what happens on the connection over `socket`.
pub(crate) fn connection_source(
    socket: ConnectedSocket,
    controls: Controls,
    options: Arc<Options>,
    counters: Arc<TcpCounters>,
    admitted: Option<Admitted>,
) -> EventSource {
    counters.open.fetch_add(1, Relaxed);
    let untaken = admitted.is_some().then(|| timer(options.take_timeout));
    EventSource::once(
        "tcp connection",
        Connection {
            socket,
            controls,
            options,
            counters,
            _admitted: admitted,
            untaken,
            inflow: Inflow::Unknown,
            is_paused: false,
            has_shut_down: false,
            has_stopped: false,
            lost: None,
            deadline: None,
        },
    )
}

impl Stream for Connection {
    type Item = Activity;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Activity>> {
        let Asking { written, is_reading, is_delivering, is_taken, ending } = self.poll_write(cx);
        if ending == Ending::Both {
            // Whoever closes a connection does not ask how it went.
            return if written.is_err() { Poll::Ready(None) } else { self.poll_close(cx).map(|()| None) };
        }
        if is_taken {
            self.untaken = None;
        }
        if is_delivering {
            return Poll::Pending;
        }
        if let Err(loss) = written {
            return Poll::Ready(Some(self.lose(cx, is_reading, loss)));
        }
        if let Some(news) = self.news() {
            return Poll::Ready(Some(news));
        }
        if is_reading && !self.has_stopped && !self.is_paused && self.inflow != Inflow::Ended {
            return self.poll_read(cx).map(Some);
        }
        self.poll_idle(cx).map(Some)
    }
}

/// What has been asked of a connection, once as much as possible of it has been written.
struct Asking {
    written: Result<(), Loss>,
    is_reading: bool,
    is_delivering: bool,
    is_taken: bool,
    ending: Ending,
}

impl Connection {
    /// Writes what is queued, as far as the socket takes it.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Asking {
        let controls = self.controls.clone();
        let mut asked = controls.lock();
        asked.waker = Some(cx.waker().clone());
        let written = loop {
            if asked.is_lost {
                break Err(Loss::Socket(io::ErrorKind::ConnectionReset.into()));
            }
            if let Some(limit) = asked.overrun() {
                break Err(Loss::Overrun { limit });
            }
            let (pieces, count) = asked.pieces();
            if count == 0 {
                break self.shut_down(asked.ending);
            }
            match Pin::new(&mut &self.socket).poll_write_vectored(cx, &pieces[..count]) {
                Poll::Pending => break Ok(()),
                Poll::Ready(Ok(written)) => {
                    self.counters.bytes_out.fetch_add(written as u64, Relaxed);
                    asked.advance(written);
                    self.deadline = None;
                }
                Poll::Ready(Err(error)) => break Err(Loss::Socket(error)),
            }
        };
        self.pause(asked.is_full() && !asked.is_paced);
        let Asked { is_reading, is_delivering, is_taken, ending, .. } = *asked;
        Asking { written, is_reading, is_delivering, is_taken, ending }
    }

    /// What has changed by the session's doing or the program's, told once.
    fn news(&mut self) -> Option<Activity> {
        let mut asked = self.controls.lock();
        if asked.has_relief_to_tell() {
            return Some(Activity::Relieved);
        }
        let stops = asked.is_stopping && !mem::replace(&mut self.has_stopped, true);
        stops.then_some(Activity::Stopped)
    }

    /// What a broken socket loses is what was to be sent; what came before is read first.
    fn lose(&mut self, cx: &mut Context<'_>, is_reading: bool, loss: Loss) -> Activity {
        let may_read = is_reading && self.inflow != Inflow::Ended && matches!(loss, Loss::Socket(_));
        let reason = self.lost.get_or_insert_with(|| loss.into()).clone();
        if may_read {
            self.inflow = Inflow::Unknown;
            if let Poll::Ready(data @ Activity::Data(_)) = self.poll_read(cx) {
                return data;
            }
        }
        Activity::Failed(reason)
    }

    fn pause(&mut self, is_paused: bool) {
        match (self.is_paused, is_paused) {
            (false, true) => self.counters.paused.fetch_add(1, Relaxed),
            (true, false) => self.counters.paused.fetch_sub(1, Relaxed),
            _ => return,
        };
        self.is_paused = is_paused;
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Activity> {
        let known = mem::replace(&mut self.inflow, Inflow::Unknown);
        if known == Inflow::Drained && self.socket.poll_readable(cx).is_pending() {
            return Poll::Pending;
        }
        self.poll_scratch(cx, Bytes::copy_from_slice).map(|read| match read {
            Ok(bytes) if bytes.is_empty() => {
                self.inflow = Inflow::Ended;
                Activity::Eof
            }
            Ok(bytes) => {
                self.counters.bytes_in.fetch_add(bytes.len() as u64, Relaxed);
                if bytes.len() < SCRATCH {
                    self.inflow = Inflow::Drained;
                }
                self.controls.lock().is_delivering = true;
                Activity::Data(bytes)
            }
            Err(error) => Activity::Failed(Reason::error(error)),
        })
    }

    /// Reads into the buffer that all connections share, and hands on what `take` makes of it.
    fn poll_scratch<T>(&self, cx: &mut Context<'_>, take: impl FnOnce(&[u8]) -> T) -> Poll<io::Result<T>> {
        SCRATCH_BUFFER.with_borrow_mut(|scratch| {
            Pin::new(&mut &self.socket).poll_read(cx, scratch).map_ok(|count| take(&scratch[..count]))
        })
    }

    /// Sees that the connection is lost although it is not read, and that nobody takes it.
    fn poll_idle(&mut self, cx: &mut Context<'_>) -> Poll<Activity> {
        // Once something waits to be read, only reading or writing tells.
        let is_known = |inflow| matches!(inflow, Inflow::Waiting | Inflow::Ended);
        while !is_known(self.inflow) && self.socket.poll_readable(cx).is_ready() {
            match self.socket.get_ref().peek(&mut [0]) {
                Ok(_) => self.inflow = Inflow::Waiting,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Activity::Failed(Reason::error(error))),
            }
        }
        let Some(untaken) = &mut self.untaken else { return Poll::Pending };
        untaken.poll_unpin(cx).map(|_| Activity::Failed(anyhow!("no session took the connection").into()))
    }
}

/// Boxed: hardly a connection has one, and there may be many connections.
fn timer(time: Duration) -> Box<Timer> {
    Box::new(Timer::after(time))
}
