//! The outbound side of a connection: a queue of bytes with its marks, and how the sending ends.

use std::collections::VecDeque;
use std::io::IoSlice;
use std::mem;

use bytes::{Buf, Bytes, BytesMut};
use smallvec::{SmallVec, smallvec};

use crate::message::TcpSubPacket;
use crate::options::Options;

/// The largest number of pieces that one system call writes.
const MAX_PIECES: usize = 64;

/// Small pieces are joined up to this length, because many small pieces need far more memory than their bytes.
const MAX_JOINED: usize = 1024;

/// The queue of one connection. It exists before the connection is opened.
#[derive(Default)]
pub(crate) struct Outgoing {
    /// The first piece, empty if the queue is. Most queues have one piece, and then need no list.
    first: Bytes,
    others: VecDeque<Bytes>,
    /// The number of bytes in all pieces.
    queued: usize,
    /// Becomes true above the high-water mark, and false at the low-water mark.
    is_full: bool,
    /// The value of `full` that was last sent to the sessions.
    full_is_sent: bool,
    /// Whether the hard limit has been exceeded. The queue is empty then.
    is_overrun: bool,
    pub(crate) ending: Ending,
}

/// What happens to a connection after all queued bytes have been written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ending {
    /// It stays open.
    #[default]
    Open,
    /// The sending side is shut down.
    Sending,
    /// The sending side is shut down, inbound data is discarded, and the socket is closed.
    Both,
}

/// What happened to bytes that a session sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// They were queued.
    Queued,
    /// They were queued, and now the queue is full.
    Full,
    /// They were dropped, because the session had already ended its sending side.
    Ended,
}

/// The methods for the sessions' messages.
impl Outgoing {
    /// Queues the bytes of a session's message, or notes the end of the stream.
    pub(crate) fn send(&mut self, subpacket: &TcpSubPacket, options: &Options) -> Sent {
        match subpacket {
            TcpSubPacket::Bytes(_) if self.ending != Ending::Open => Sent::Ended,
            TcpSubPacket::Bytes(bytes) => {
                self.queue(bytes.clone(), options);
                let is_full_now = self.is_full && !mem::replace(&mut self.full_is_sent, true);
                if is_full_now { Sent::Full } else { Sent::Queued }
            }
            TcpSubPacket::Eof => {
                self.end(Ending::Sending);
                Sent::Queued
            }
        }
    }

    pub(crate) fn end(&mut self, ending: Ending) {
        self.ending = self.ending.max(ending);
    }

    /// Whether the last message to the sessions said that the queue is full.
    pub(crate) const fn full_is_sent(&self) -> bool {
        self.full_is_sent
    }

    /// Whether the queue has room again, and the sessions have not been informed yet.
    pub(crate) const fn relief_is_due(&self) -> bool {
        self.full_is_sent && !self.is_full
    }

    /// Returns whether the sessions are to be informed that the queue has room again, and notes that they are.
    pub(crate) const fn take_relief(&mut self) -> bool {
        let is_due = self.relief_is_due();
        self.full_is_sent &= !is_due;
        is_due
    }

    fn queue(&mut self, bytes: Bytes, options: &Options) {
        if bytes.is_empty() || self.is_overrun {
            return;
        }
        self.queued += bytes.len();
        let last = self.others.back_mut().unwrap_or(&mut self.first);
        if last.is_empty() {
            *last = bytes;
        } else if last.len() + bytes.len() <= MAX_JOINED {
            join(last, &bytes);
        } else {
            self.others.push_back(bytes);
        }
        self.is_full |= self.queued > options.high_water_mark;
        if self.queued > options.hard_limit {
            self.is_overrun = true;
            self.queued = 0;
            self.first = Bytes::new();
            self.others = VecDeque::new();
        }
    }
}

/// The methods for the socket.
impl Outgoing {
    pub(crate) const fn is_empty(&self) -> bool {
        self.queued == 0
    }

    pub(crate) const fn is_full(&self) -> bool {
        self.is_full
    }

    /// The hard limit, if it has been exceeded.
    pub(crate) fn overrun(&self, options: &Options) -> Option<usize> {
        self.is_overrun.then_some(options.hard_limit)
    }

    /// How many bytes have not been written. If the hard limit has been exceeded, the queue has been dropped, and the
    /// result is the limit.
    pub(crate) fn unsent(&self, options: &Options) -> usize {
        self.overrun(options).unwrap_or(self.queued)
    }

    /// The first pieces of the queue, as many as one system call writes.
    pub(crate) fn pieces(&self) -> SmallVec<[IoSlice<'_>; 4]> {
        let mut pieces = smallvec![IoSlice::new(&self.first)];
        if !self.others.is_empty() {
            pieces.extend(self.others.iter().take(MAX_PIECES - 1).map(|bytes| IoSlice::new(bytes)));
        }
        pieces
    }

    /// Removes the bytes that have been written.
    pub(crate) fn advance(&mut self, written: usize, options: &Options) {
        self.queued -= written;
        let mut left = written;
        while left >= self.first.len() && !self.first.is_empty() {
            left -= self.first.len();
            self.first = self.others.pop_front().unwrap_or_default();
        }
        self.first.advance(left);
        if self.others.is_empty() {
            // An idle connection keeps no memory for the list.
            self.others = VecDeque::new();
        }
        if self.queued <= options.low_water_mark.min(options.high_water_mark) {
            self.is_full = false;
        }
    }
}

fn join(piece: &mut Bytes, bytes: &[u8]) {
    let own = mem::take(piece).try_into_mut();
    let mut joined = own.unwrap_or_else(|shared| BytesMut::from(&shared[..]));
    joined.extend_from_slice(bytes);
    *piece = joined.freeze();
}
