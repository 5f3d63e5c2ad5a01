//! A socket for hyper, which fails if the browser reads nothing for too long.

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

/// The size of the system's send buffer. It is small, so that a browser that has stopped reading is noticed soon.
const SEND_BUFFER: usize = 64 * 1024;

pub(super) struct Transport {
    socket: Async<TcpStream>,
    stall: Duration,
    /// The timer after which the socket fails. It is set while nothing can be written.
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
            debug!(%error, "cannot set a socket's options");
        }
        Self { socket, stall, deadline: None, written: Rc::new(Written::new()) }
    }

    pub(super) fn written(&self) -> Rc<Written> {
        Rc::clone(&self.written)
    }

    /// Returns the result of a write, or an error if nothing could be written for too long.
    fn watch<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.deadline = None;
            return written;
        }
        let stall = self.stall;
        ready!(self.deadline.get_or_insert_with(|| Timer::after(stall)).poll_unpin(cx));
        Poll::Ready(Err(io::Error::new(
            io::ErrorKind::TimedOut,
            format!("the browser has read nothing for {stall:?}"),
        )))
    }
}

impl rt::Read for Transport {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buffer: rt::ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        // hyper's buffer may be uninitialized, and only unsafe code can read into it directly.
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

    /// hyper calls this when it has nothing left to write.
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

    /// Notes that hyper is about to get a frame.
    pub(super) fn not_yet(&self) {
        self.is_all.set(false);
    }

    fn all(&self) {
        self.is_all.set(true);
        self.waiting.take().into_iter().for_each(Waker::wake);
    }

    /// Waits until everything has been written.
    pub(super) fn poll(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.is_all.get() {
            return Poll::Ready(());
        }
        self.waiting.replace(Some(cx.waker().clone()));
        Poll::Pending
    }
}
