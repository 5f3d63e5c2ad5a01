//! Listening, and accepting what comes.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use async_io::{Async, Timer};
use futures::{FutureExt, stream};
use marketplace_core::{EventSource, Once};
use socket2::{Domain, Protocol, Socket, Type};
use tracing::{debug, warn};

use super::{ConnectedSocket, Controls, configure};
use crate::admission::{Admission, Admitted};
use crate::counters::TcpCounters;
use crate::options::Options;

/// How long accepting pauses when the system refuses it: when descriptors are exhausted, say.
const PAUSE: Duration = Duration::from_millis(100);

/// How many connections are refused before others go on.
const BATCH: usize = 64;

/// A connection that came in: yielded by a listener's source, in [`Once`].
pub(crate) struct Accepted {
    pub(crate) socket: ConnectedSocket,
    pub(crate) peer: SocketAddr,
    pub(crate) admitted: Admitted,
    pub(crate) controls: Controls,
}

/// A bound listener: what holds the port, until it is dropped.
pub(crate) struct Bound {
    socket: Arc<Async<TcpListener>>,
    /// What the kernel has bound it to.
    pub(crate) address: SocketAddr,
}

/// The source's end of a listener.
struct Listener {
    socket: Weak<Async<TcpListener>>,
    admission: Admission,
    options: Arc<Options>,
    counters: Arc<TcpCounters>,
}

/// Binds a listener.
pub(crate) fn listen(port: u16, options: &Options) -> io::Result<Bound> {
    let socket = match bind(options.bind_address, port, options.backlog) {
        // A machine without IPv6 still has IPv4.
        Err(error) if options.bind_address == Ipv6Addr::UNSPECIFIED && !is_in_use(&error) => {
            bind(Ipv4Addr::UNSPECIFIED.into(), port, options.backlog)?
        }
        bound => bound?,
    };
    let socket = Arc::new(Async::new(TcpListener::from(socket))?);
    let address = canonical(socket.get_ref().local_addr()?);
    Ok(Bound { socket, address })
}

impl Bound {
    /// The source of the connections that come in.
    pub(crate) fn source(
        &self,
        admission: Admission,
        options: Arc<Options>,
        counters: Arc<TcpCounters>,
    ) -> EventSource {
        let listener = Listener { socket: Arc::downgrade(&self.socket), admission, options, counters };
        let mut pause = None;
        let accepted = stream::poll_fn(move |cx| listener.poll_accept(cx, &mut pause));
        EventSource::once(format!("tcp listener {}", self.address), accepted)
    }
}

fn bind(address: IpAddr, port: u16, backlog: u16) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address((address, port).into()), Type::STREAM, Some(Protocol::TCP))?;
    // A port whose last connections still wait for their end can be listened on again.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    if address == Ipv6Addr::UNSPECIFIED {
        socket.set_only_v6(false)?;
    }
    socket.bind(&SocketAddr::from((address, port)).into())?;
    socket.listen(backlog.into())?;
    Ok(socket)
}

fn is_in_use(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::AddrInUse
}

/// An IPv4 address as such, also where a socket for both has it as one of IPv6.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

impl Listener {
    /// Accepts the next connection for which there is a place.
    fn poll_accept(&self, cx: &mut Context<'_>, pause: &mut Option<Timer>) -> Poll<Option<Once<Accepted>>> {
        let Some(socket) = self.socket.upgrade() else { return Poll::Ready(None) };
        if let Some(timer) = pause {
            ready!(timer.poll_unpin(cx));
            *pause = None;
        }
        for _ in 0..BATCH {
            match socket.get_ref().accept() {
                Ok((accepted, peer)) => {
                    if let Some(accepted) = self.admit(accepted, canonical(peer)) {
                        return Poll::Ready(Some(Once::new(accepted)));
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if socket.poll_readable(cx).is_pending() {
                        return Poll::Pending;
                    }
                }
                Err(error) if is_about_one_connection(&error) => debug!(%error, "a connection is gone"),
                Err(error) => {
                    warn!(%error, "accepting pauses");
                    ready!(pause.insert(Timer::after(PAUSE)).poll_unpin(cx));
                }
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn admit(&self, socket: TcpStream, peer: SocketAddr) -> Option<Accepted> {
        let local =
            socket.local_addr().inspect_err(|error| debug!(%peer, %error, "a connection is gone")).ok()?;
        let controls = Controls::new(&self.options);
        let admitted = self.admission.admit(canonical(local), peer, &controls).inspect_err(|refusal| {
            self.counters.refused.fetch_add(1, Relaxed);
            debug!(%peer, ?refusal, "connection refused");
        });
        let admitted = admitted.ok()?;
        let socket = ConnectedSocket::new(socket)
            .inspect_err(|error| warn!(%peer, %error, "a connection cannot be served"))
            .ok()?;
        configure(&socket, &self.options);
        self.counters.accepted.fetch_add(1, Relaxed);
        Some(Accepted { socket, peer, admitted, controls })
    }
}

fn is_about_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}
