//! A socket, as hyper reads and writes it: one that takes nothing for too long is given up.

use std::cell::{Cell, RefCell};
use std::io;
use std::net::{Shutdown, TcpStream};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use async_io::{Async, Timer};
use futures::{AsyncRead, AsyncWrite, FutureExt};
use hyper::rt;
use rustix::net::sockopt::set_socket_send_buffer_size;
use tracing::debug;

/// How much the system may keep of what a browser is sent. As little as goes well, so that one that has stopped reading
/// is soon known to have.
const SEND_BUFFER: usize = 64 * 1024;

pub(super) struct Transport {
    socket: Async<TcpStream>,
    stall: Duration,
    /// When the socket is given up: there while it takes nothing.
    deadline: Option<Timer>,
    written: Rc<Written>,
}

/// Whether all frames that hyper was given have been written to the socket.
pub(super) struct Written {
    is_all: Cell<bool>,
    waiting: RefCell<Option<Waker>>,
}

impl Transport {
    pub(super) fn new(socket: Async<TcpStream>, stall: Duration) -> Self {
        let limited = set_socket_send_buffer_size(socket.get_ref(), SEND_BUFFER).map_err(io::Error::from);
        if let Err(error) = limited.and_then(|()| socket.get_ref().set_nodelay(true)) {
            debug!(%error, "a socket without options");
        }
        Self { socket, stall, deadline: None, written: Rc::new(Written::new()) }
    }

    pub(super) fn written(&self) -> Rc<Written> {
        Rc::clone(&self.written)
    }

    /// Passes on what writing has come to; an error, if nothing has been taken for too long.
    fn watch<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.deadline = None;
            return written;
        }
        let stall = self.stall;
        ready!(self.deadline.get_or_insert_with(|| Timer::after(stall)).poll_unpin(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, format!("nothing was taken for {stall:?}"))))
    }
}

impl rt::Read for Transport {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buffer: rt::ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        // Hyper's own room may not have been written to, which only unsafe code may do.
        let mut read = [0; 4096];
        let room = read.len().min(buffer.remaining());
        let count = ready!(Pin::new(&mut self.socket).poll_read(cx, &mut read[..room]))?;
        buffer.put_slice(&read[..count]);
        Poll::Ready(Ok(()))
    }
}

impl rt::Write for Transport {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write(cx, bytes);
        self.watch(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write_vectored(cx, parts);
        self.watch(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// Hyper asks for this when it has nothing left to write.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.socket).poll_flush(cx))?;
        self.written.all();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.socket.get_ref().shutdown(Shutdown::Write))
    }
}

impl Written {
    fn new() -> Self {
        Self { is_all: Cell::new(true), waiting: RefCell::default() }
    }

    /// Hyper is about to be given a frame.
    pub(super) fn not_yet(&self) {
        self.is_all.set(false);
    }

    fn all(&self) {
        self.is_all.set(true);
        self.waiting.take().into_iter().for_each(Waker::wake);
    }

    /// Waits until all has been written.
    pub(super) fn poll(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.is_all.get() {
            return Poll::Ready(());
        }
        self.waiting.replace(Some(cx.waker().clone()));
        Poll::Pending
    }
}
