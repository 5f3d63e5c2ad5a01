//! The socket of a connection: it writes the queued bytes, and reads only while a session subscribes.

mod closing;
mod losing;

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::mem;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use bytes::Bytes;
use marketplace_core::Reason;
use mio::event::Event;
use mio::net::TcpStream;
use smallvec::SmallVec;

use super::loss::Loss;
use super::poller::may_be_urgent;
use super::settings::configure;
use crate::message::{Ends, TcpAddress};
use crate::options::TcpDriver;
use crate::outgoing::{Ending, Outgoing};
use crate::sessions::Sessions;

/// Up to this number of bytes are stored in one allocation together with their reference count.
const INLINE: usize = 128;

/// An open connection. The driver's process uses the `pub(crate)` part, and the pool of sockets the rest.
pub(crate) struct Connection {
    local: TcpAddress,
    remote: TcpAddress,
    pub(crate) sessions: Sessions,
    pub(crate) outgoing: Outgoing,
    pub(super) socket: TcpStream,
    setup: Arc<TcpDriver>,
    /// The readiness that the poller reported. A flag stays set until a call on the socket shows otherwise.
    is_readable: bool,
    is_writable: bool,
    has_error: bool,
    /// Whether an end-of-file or an error follows the unread data.
    is_ending: bool,
    /// Whether the unread data may contain urgent data. A read stops there even if more data follows.
    has_urgent: bool,
    /// Whether the peer's end-of-file has been read.
    has_ended: bool,
    has_shut_down: bool,
    /// Whether the socket can be closed now.
    pub(super) is_done: bool,
    /// Whether the program stops. Nothing more is read then.
    pub(super) is_stopping: bool,
    has_stopped: bool,
    is_paused: bool,
    /// Why the connection is lost, until the sessions are informed.
    lost: Option<Loss>,
    has_failed: bool,
    /// The deadline for the first session or, while the connection is closing, for the peer.
    pub(super) deadline: Option<Instant>,
    is_overdue: bool,
}

/// An event of a connection, for the driver's process.
#[derive(Debug)]
pub(crate) enum Activity {
    /// An inbound connection was accepted.
    Accepted,
    /// Bytes were read.
    Data(Bytes),
    /// The peer has ended its sending side.
    Eof,
    /// The queue has reached the low-water mark after it was full.
    Drained,
    /// The program stops, and nothing more is read.
    Stopped,
    /// The connection was lost.
    Failed(Reason),
}

impl Activity {
    /// The number of bytes that were read.
    pub(super) fn bytes(&self) -> usize {
        if let Self::Data(bytes) = self { bytes.len() } else { 0 }
    }
}

/// The methods for the driver's process.
impl Connection {
    pub(super) fn new(
        socket: TcpStream,
        (local, remote): Ends,
        outgoing: Outgoing,
        setup: Arc<TcpDriver>,
    ) -> Self {
        setup.counters.open.fetch_add(1, Relaxed);
        configure(&socket, &setup.options);
        Self {
            local,
            remote,
            sessions: Sessions::default(),
            outgoing,
            socket,
            setup,
            is_readable: false,
            is_writable: true,
            has_error: false,
            is_ending: false,
            has_urgent: false,
            has_ended: false,
            has_shut_down: false,
            is_done: false,
            is_stopping: false,
            has_stopped: false,
            is_paused: false,
            lost: None,
            has_failed: false,
            deadline: None,
            is_overdue: false,
        }
    }

    /// The local and the remote end, unless the connection is closing.
    pub(crate) fn ends_unless_closing(&self) -> Option<Ends> {
        (!self.is_closing()).then(|| (self.local.clone(), self.remote.clone()))
    }

    /// Ends the wait for the first session.
    pub(crate) fn session_added(&mut self) {
        if !self.is_closing() {
            self.stop_waiting();
        }
    }

    /// Begins to close the connection: the queued bytes are written first.
    pub(crate) fn close(&mut self) {
        self.outgoing.end(Ending::Both);
        self.stop_waiting();
    }

    /// Whether the connection is closing. No session has an endpoint for it any more.
    pub(crate) fn is_closing(&self) -> bool {
        self.outgoing.ending == Ending::Both
    }
}

/// The methods for the pool of sockets.
impl Connection {
    /// Notes the readiness that the poller reported.
    pub(super) fn note(&mut self, event: &Event) {
        let ends = event.is_read_closed() || event.is_error();
        self.is_readable |= event.is_readable() || ends;
        self.is_writable |= event.is_writable() || event.is_write_closed();
        self.has_error |= event.is_error();
        self.is_ending |= ends;
        self.has_urgent |= may_be_urgent(event);
    }

    /// Writes the queued bytes, as many as the socket accepts.
    pub(super) fn write(&mut self) {
        if self.lost.is_none()
            && let Err(loss) = self.try_write()
        {
            self.lost = Some(loss);
        }
        self.pause(self.outgoing.is_full() && self.sessions.pressure_publishers == 0);
    }

    fn try_write(&mut self) -> Result<(), Loss> {
        loop {
            if let Some(limit) = self.outgoing.overrun(&self.setup.options) {
                return Err(Loss::Overrun { limit });
            }
            if self.outgoing.is_empty() {
                return self.shut_down();
            }
            if !self.is_writable {
                return Ok(());
            }
            let written = (&self.socket).write_vectored(&self.outgoing.pieces());
            match written {
                Ok(written) => {
                    self.setup.counters.bytes_out.fetch_add(written as u64, Relaxed);
                    self.outgoing.advance(written, &self.setup.options);
                    // The peer has accepted some bytes, so its time begins again.
                    self.stop_waiting();
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.is_writable = false,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Loss::Socket(error)),
            }
        }
    }

    /// Writes and then reads at most once, and returns the next event, if there is one. Only for a connection that is
    /// not closing.
    pub(super) fn serve(&mut self, scratch: &mut [u8]) -> Option<Activity> {
        self.write();
        if let Some(loss) = self.lost.take() {
            return Some(self.read_before(loss, scratch));
        }
        if self.outgoing.relief_is_due() {
            return Some(Activity::Drained);
        }
        if self.is_stopping && !mem::replace(&mut self.has_stopped, true) {
            return Some(Activity::Stopped);
        }
        if self.may_read() {
            return if self.is_readable { self.read(scratch) } else { None };
        }
        let timeout = self.setup.options.unclaimed_timeout;
        let loss = self.look_for_loss().or_else(|| self.is_overdue.then_some(Loss::Unclaimed { timeout }));
        loss.map(|loss| self.fail(loss))
    }

    /// Whether the connection must be served because of a change by the driver's process or because of a write.
    pub(super) fn needs_service(&self) -> bool {
        self.is_closing() || self.outgoing.relief_is_due() || self.has_more()
    }

    /// Whether the connection must be served again without a new report of the poller.
    pub(super) fn has_more(&self) -> bool {
        let may_read = self.may_read() || self.is_closing() && !self.has_ended;
        self.lost.is_some() || self.is_readable && may_read
    }

    fn may_read(&self) -> bool {
        self.sessions.readers > 0 && !self.is_stopping && !self.is_paused && !self.has_ended
    }

    fn read(&mut self, scratch: &mut [u8]) -> Option<Activity> {
        match self.receive(scratch) {
            Ok(0) => Some(Activity::Eof),
            Ok(count) => {
                self.setup.counters.bytes_in.fetch_add(count as u64, Relaxed);
                let bytes = &scratch[..count];
                Some(Activity::Data(if count <= INLINE {
                    Bytes::from_owner(SmallVec::<[u8; INLINE]>::from_slice(bytes))
                } else {
                    Bytes::copy_from_slice(bytes)
                }))
            }
            Err(error) if is_temporary(&error) => None,
            Err(error) => Some(self.fail(Loss::Socket(error))),
        }
    }

    /// Reads once, and updates the readiness by the result.
    fn receive(&mut self, scratch: &mut [u8]) -> io::Result<usize> {
        let received = (&self.socket).read(scratch);
        match &received {
            Ok(0) => {
                self.has_ended = true;
                self.is_readable = false;
            }
            // All data has been read, and the poller reports further data.
            Ok(count) if *count < scratch.len() => self.is_readable = self.is_ending || self.has_urgent,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.is_readable = false;
                self.has_urgent = false;
            }
            _ => {}
        }
        received
    }

    fn pause(&mut self, is_paused: bool) {
        match (self.is_paused, is_paused) {
            (false, true) => self.setup.counters.paused.fetch_add(1, Relaxed),
            (true, false) => self.setup.counters.paused.fetch_sub(1, Relaxed),
            _ => return,
        };
        self.is_paused = is_paused;
    }

    /// Notes that a deadline has passed, unless it has been changed or removed.
    pub(super) fn pass(&mut self, deadline: Instant) {
        if self.deadline == Some(deadline) {
            self.deadline = None;
            self.is_overdue = true;
        }
    }

    /// Sets the deadline to this time from now, unless a deadline is set already.
    pub(super) fn wait(&mut self, time: Duration) {
        if self.deadline.is_none() {
            self.deadline = Instant::now().checked_add(time);
        }
    }

    fn stop_waiting(&mut self) {
        self.deadline = None;
        self.is_overdue = false;
    }
}

fn is_temporary(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
