//! The sockets: the only place that knows async-std.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::io::{self, IoSlice};
use std::net::{IpAddr, Shutdown, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_io::Timer;
use async_std::net::{TcpListener, TcpStream};
use bytes::{Buf, Bytes};
use futures::{AsyncRead, AsyncWrite, FutureExt, Stream, stream};
use marketplace_core::{EventSource, Once};
use socket2::{Domain, Protocol, Socket, Type};
use tracing::warn;

/// How many connections may wait to be accepted.
const BACKLOG: i32 = 1024;

/// How long a connection that is done with waits for the peer to be done too, so that what the peer had
/// still sent does not turn into a reset that destroys the last reply.
const LINGER: Duration = Duration::from_secs(2);

/// How long accepting pauses when the system refuses it.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How many pieces are written by one system call at the most.
const PIECES: usize = 64;

/// How often a connection reads what it discards before it lets others go on.
const DISCARDS: usize = 16;

const SCRATCH: usize = 64 * 1024;

thread_local! {
    /// Where all connections read to; no idle connection holds a buffer.
    static SCRATCH_BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; SCRATCH]);
}

/// A connected socket.
pub(crate) type ConnectedSocket = TcpStream;

/// A connection that came in: yielded by a listener's source, in [`Once`].
pub(crate) type Accepted = (ConnectedSocket, SocketAddr);

/// Connects to a remote socket, trying the addresses of its name in turn.
pub(crate) async fn connect(host: Arc<str>, port: u16) -> io::Result<ConnectedSocket> {
    let socket = TcpStream::connect((&*host, port)).await?;
    socket.set_nodelay(true)?;
    Ok(socket)
}

/// Binds a listener: the source of what it accepts, and its address.
pub(crate) fn listen(address: IpAddr, port: u16) -> io::Result<(EventSource, SocketAddr)> {
    let address = SocketAddr::new(address, port);
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // A port whose last connections still wait for their end can be listened on again.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    let listener = std::net::TcpListener::from(socket);
    let address = listener.local_addr()?;
    let accepted = stream::unfold(TcpListener::from(listener), |listener| async {
        let accepted = accept(&listener).await;
        Some((Once::new(accepted), listener))
    });
    Ok((EventSource::once(format!("tcp listener {address}"), accepted), address))
}

async fn accept(listener: &TcpListener) -> Accepted {
    loop {
        match listener.accept().await.and_then(|(socket, peer)| {
            socket.set_nodelay(true)?;
            Ok((socket, peer))
        }) {
            Ok(accepted) => return accepted,
            Err(error) if is_about_one_connection(&error) => {}
            Err(error) => {
                warn!(%error, "accepting pauses");
                Timer::after(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn is_about_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted, InvalidInput};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted | InvalidInput
    )
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
