//! A socket's two ends: what handlers ask of it, and the event source of what happens on it.

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

/// A handler's end of a socket: it sends and asks, and never waits.
#[derive(Clone)]
pub(crate) struct Controls(Arc<Mutex<Traffic>>);

/// What has become of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// It is sent, or waits to be.
    Taken,
    /// It is dropped: the socket is closed, or about to be.
    Closed,
    /// It is dropped: so many bytes may wait.
    Full {
        /// The limit.
        limit: usize,
    },
}

/// The ground's end of a socket.
struct Source(Controls);

impl Controls {
    /// A socket that is not bound yet: packets wait for that, up to so many bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self(Arc::new(Mutex::new(Traffic::new(limit))))
    }

    /// Binds the socket; returns its address.
    pub(crate) fn bind(&self, local: &UdpAddress, options: &Options) -> io::Result<SocketAddr> {
        let port = bind(local, options)?;
        let address = port.address();
        self.lock().port = Some(port);
        Ok(address)
    }

    /// The source of what happens on the socket.
    pub(crate) fn source(&self, address: SocketAddr) -> EventSource {
        EventSource::once(format!("udp socket {address}"), Source(self.clone()))
    }

    /// Sends a packet, at once if that is possible.
    pub(crate) fn send(&self, host: &UdpHost, port: u16, body: &Bytes) -> Sent {
        let mut traffic = self.lock();
        if traffic.is_closing {
            return Sent::Closed;
        }
        if traffic.send(host, port, body) {
            return Sent::Taken;
        }
        if traffic.queue.push(Outgoing { host: host.clone(), port, found: None, body: body.clone() }) {
            traffic.wake();
            return Sent::Taken;
        }
        Sent::Full { limit: traffic.queue.limit }
    }

    /// Goes on receiving: what was last received has been delivered.
    pub(crate) fn delivered(&self) {
        let mut traffic = self.lock();
        traffic.is_delivering = false;
        traffic.wake();
    }

    /// Receives no more.
    pub(crate) fn stop(&self) {
        let mut traffic = self.lock();
        traffic.is_stopping = true;
        traffic.wake();
    }

    /// Closes the socket once all is sent. Its source's stream ends when that is done.
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

    /// Whether the socket is to be closed, and nothing is left to send.
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
