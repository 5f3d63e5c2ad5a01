//! The socket of a connection: it is written what is queued and read as far as somebody hears it.

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

/// So many bytes take one allocation together with the count of those who hold them.
const FEW: usize = 128;

/// A connection, as far as the driver's process goes by it; the rest is the socket's.
pub(crate) struct Connection {
    local: TcpAddress,
    remote: TcpAddress,
    pub(crate) sessions: Sessions,
    pub(crate) outgoing: Outgoing,
    pub(super) socket: TcpStream,
    setup: Arc<TcpDriver>,
    /// What the system has told of the socket, until it has been seen to be so no longer.
    is_readable: bool,
    is_writable: bool,
    has_error: bool,
    /// Whether what there is to be read has an end, or an error, after it.
    is_ending: bool,
    /// Whether there may be urgent data in it, at which a reading ends although more is there.
    has_urgent: bool,
    /// Whether the peer's end-of-file has been read.
    has_ended: bool,
    has_shut_down: bool,
    /// Whether nothing is left to be done before it is closed.
    pub(super) is_done: bool,
    /// Whether the program stops; nothing more is read.
    pub(super) is_stopping: bool,
    has_stopped: bool,
    is_paused: bool,
    /// Why it is lost, until the session is told.
    lost: Option<Loss>,
    has_failed: bool,
    /// When to give up waiting: for a session to come, or for the peer as the connection is closed.
    pub(super) deadline: Option<Instant>,
    is_late: bool,
}

/// What happens on a connection.
#[derive(Debug)]
pub(crate) enum Activity {
    /// It has come in.
    Accepted,
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

impl Activity {
    /// How many bytes came.
    pub(super) fn bytes(&self) -> usize {
        if let Self::Data(bytes) = self { bytes.len() } else { 0 }
    }
}

/// The driver's side.
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
            is_late: false,
        }
    }

    /// The local and the remote end, unless sessions have left it.
    pub(crate) fn ends_unless_closing(&self) -> Option<Ends> {
        (!self.is_closing()).then(|| (self.local.clone(), self.remote.clone()))
    }

    /// Notes that a session is there.
    pub(crate) fn take(&mut self) {
        if !self.is_closing() {
            self.stop_waiting();
        }
    }

    /// Closes the connection once all is written.
    pub(crate) fn close(&mut self) {
        self.outgoing.end(Ending::Both);
        self.stop_waiting();
    }

    /// Whether sessions have been left.
    pub(crate) fn is_closing(&self) -> bool {
        self.outgoing.ending == Ending::Both
    }
}

/// The socket's side.
impl Connection {
    /// Notes what the system tells of the socket.
    pub(super) fn note(&mut self, event: &Event) {
        let ends = event.is_read_closed() || event.is_error();
        self.is_readable |= event.is_readable() || ends;
        self.is_writable |= event.is_writable() || event.is_write_closed();
        self.has_error |= event.is_error();
        self.is_ending |= ends;
        self.has_urgent |= may_be_urgent(event);
    }

    /// Writes what is queued, as far as the socket takes it.
    pub(super) fn write(&mut self) {
        if self.lost.is_none()
            && let Err(loss) = self.try_write()
        {
            self.lost = Some(loss);
        }
        self.pause(self.outgoing.is_full() && self.sessions.pacers == 0);
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
                    // A peer that takes some of it has more time.
                    self.stop_waiting();
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.is_writable = false,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Loss::Socket(error)),
            }
        }
    }

    /// What happens next, if something does: one reading at the most. Sessions have not left it yet.
    pub(super) fn serve(&mut self, scratch: &mut [u8]) -> Option<Activity> {
        self.write();
        if let Some(loss) = self.lost.take() {
            return Some(self.read_before(loss, scratch));
        }
        if self.outgoing.has_relief() {
            return Some(Activity::Relieved);
        }
        if self.is_stopping && !mem::replace(&mut self.has_stopped, true) {
            return Some(Activity::Stopped);
        }
        if self.may_read() {
            return if self.is_readable { self.read(scratch) } else { None };
        }
        let loss = self.look_for_loss().or_else(|| self.is_late.then_some(Loss::Untaken));
        loss.map(|loss| self.fail(loss))
    }

    /// Whether what was asked of it, or written, is to be followed by something.
    pub(super) fn has_news(&self) -> bool {
        self.is_closing() || self.outgoing.has_relief() || self.has_more()
    }

    /// Whether it is to be served once more although the system tells of nothing new.
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
                Some(Activity::Data(if count <= FEW {
                    Bytes::from_owner(SmallVec::<[u8; FEW]>::from_slice(bytes))
                } else {
                    Bytes::copy_from_slice(bytes)
                }))
            }
            Err(error) if is_temporary(&error) => None,
            Err(error) => Some(self.fail(Loss::Socket(error))),
        }
    }

    /// Reads once, and notes what that shows.
    fn receive(&mut self, scratch: &mut [u8]) -> io::Result<usize> {
        let received = (&self.socket).read(scratch);
        match &received {
            Ok(0) => {
                self.has_ended = true;
                self.is_readable = false;
            }
            // That was all, and the system will tell of more.
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

    /// Notes that a deadline has passed, unless it has been put off.
    pub(super) fn pass(&mut self, deadline: Instant) {
        if self.deadline == Some(deadline) {
            self.deadline = None;
            self.is_late = true;
        }
    }

    /// Waits so long from now, unless it waits already.
    pub(super) fn wait(&mut self, time: Duration) {
        if self.deadline.is_none() {
            self.deadline = Instant::now().checked_add(time);
        }
    }

    fn stop_waiting(&mut self) {
        self.deadline = None;
        self.is_late = false;
    }
}

fn is_temporary(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
