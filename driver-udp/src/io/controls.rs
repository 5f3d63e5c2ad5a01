//! The two sides of a socket: the controls for handlers, and the event source for the ground.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::Stream;
use marketplace_core::EventSource;

use super::bind::bind;
use super::queue::Outgoing;
use super::traffic::{Activity, Traffic};
use crate::address::UdpAddress;
use crate::host::UdpHost;
use crate::options::Options;

/// The handlers' side of a socket. No method blocks.
#[derive(Clone)]
pub(crate) struct Controls(Arc<Mutex<Traffic>>);

/// What happened to a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// It was sent or queued.
    Accepted,
    /// It was dropped, because the socket is closed or closing.
    Closed,
    /// It was dropped, because the queue would have exceeded its limit.
    Full {
        /// The limit in bytes.
        limit: usize,
    },
}

/// The ground's side of a socket.
struct Source(Controls);

impl Controls {
    /// A socket that is not bound yet. Packets are queued until then, up to `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self(Arc::new(Mutex::new(Traffic::new(limit))))
    }

    /// Binds the socket, and returns the address that it is bound to.
    pub(crate) fn bind(&self, local: &UdpAddress, options: &Options) -> io::Result<SocketAddr> {
        let port = bind(local, options)?;
        let address = port.address();
        self.lock().port = Some(port);
        Ok(address)
    }

    /// The event source of the socket.
    pub(crate) fn source(&self, address: SocketAddr) -> EventSource {
        EventSource::once(format!("udp socket {address}"), Source(self.clone()))
    }

    /// Sends a packet at once if that is possible, and queues it otherwise.
    pub(crate) fn send(&self, host: &UdpHost, port: u16, body: &Bytes) -> Sent {
        let mut traffic = self.lock();
        if traffic.is_closing {
            return Sent::Closed;
        }
        if traffic.send(host, port, body) {
            return Sent::Accepted;
        }
        if traffic.queue.push(Outgoing { host: host.clone(), port, found: None, body: body.clone() }) {
            traffic.wake();
            return Sent::Accepted;
        }
        Sent::Full { limit: traffic.queue.limit }
    }

    /// Continues to receive, after the last packets have been delivered.
    pub(crate) fn delivered(&self) {
        let mut traffic = self.lock();
        traffic.is_delivering = false;
        traffic.wake();
    }

    /// Stops receiving.
    pub(crate) fn stop(&self) {
        let mut traffic = self.lock();
        traffic.is_stopping = true;
        traffic.wake();
    }

    /// Closes the socket after all queued packets are sent. The event source ends then.
    pub(crate) fn close(&self) {
        let mut traffic = self.lock();
        traffic.is_closing = true;
        traffic.wake();
    }

    /// Closes the socket at once.
    pub(crate) fn abandon(&self) {
        let mut traffic = self.lock();
        traffic.is_closing = true;
        traffic.port = None;
        traffic.wake();
    }

    /// Whether the socket is closing, and no packet is left to send.
    pub(crate) fn is_done(&self) -> bool {
        let traffic = self.lock();
        traffic.is_closing && traffic.queue.is_done()
    }

    fn lock(&self) -> MutexGuard<'_, Traffic> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stream for Source {
    type Item = Activity;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Activity>> {
        self.0.lock().poll_next(cx)
    }
}

impl fmt::Debug for Controls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Controls").finish_non_exhaustive()
    }
}
