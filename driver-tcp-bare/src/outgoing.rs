//! What is to be sent on a connection: a queue of bytes with its marks, and how the sending ends.

use std::collections::VecDeque;
use std::io::IoSlice;
use std::mem;

use bytes::{Buf, Bytes, BytesMut};
use smallvec::{SmallVec, smallvec};

use crate::message::TcpSubPacket;
use crate::options::Options;

/// How many pieces are written by one system call at the most.
const PIECES: usize = 64;

/// Pieces are joined up to this length: many small ones would take far more than their bytes.
const JOINED: usize = 1024;

/// The queue of one connection, there before the connection is.
#[derive(Default)]
pub(crate) struct Outgoing {
    /// The first piece, empty if there is none: mostly there is but one, and it takes no list.
    first: Bytes,
    others: VecDeque<Bytes>,
    /// The bytes in all of it.
    queued: usize,
    /// From above the high-water mark down to the low-water mark.
    is_full: bool,
    /// What the session has last been told of that.
    is_told_full: bool,
    /// Whether the hard limit has been passed; nothing is queued then.
    is_overrun: bool,
    pub(crate) ending: Ending,
}

/// How far a connection is to be ended, once what is queued has been written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ending {
    #[default]
    Open,
    /// Shut down the sending side.
    Sending,
    /// Shut down the sending side, discard what comes, and close.
    Both,
}

/// What has become of bytes that a session sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// They are queued.
    Queued,
    /// They are queued, and with them the queue has come above the high-water mark.
    Full,
    /// They are dropped: the sending side has been ended.
    Ended,
}

/// A session's side.
impl Outgoing {
    /// Has a session's message sent.
    pub(crate) fn send(&mut self, subpacket: &TcpSubPacket, options: &Options) -> Sent {
        match subpacket {
            TcpSubPacket::Bytes(_) if self.ending != Ending::Open => Sent::Ended,
            TcpSubPacket::Bytes(bytes) => {
                self.queue(bytes.clone(), options);
                let is_news = self.is_full && !mem::replace(&mut self.is_told_full, true);
                if is_news { Sent::Full } else { Sent::Queued }
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

    /// Whether the session has been told that the queue is full.
    pub(crate) const fn is_told_full(&self) -> bool {
        self.is_told_full
    }

    /// Whether the session is still to be told that the queue has room again.
    pub(crate) const fn has_relief(&self) -> bool {
        self.is_told_full && !self.is_full
    }

    /// Notes that the session is told, if it is still to be told.
    pub(crate) const fn tell_relief(&mut self) -> bool {
        let is_told = self.has_relief();
        self.is_told_full &= !is_told;
        is_told
    }

    fn queue(&mut self, bytes: Bytes, options: &Options) {
        if bytes.is_empty() || self.is_overrun {
            return;
        }
        self.queued += bytes.len();
        let last = self.others.back_mut().unwrap_or(&mut self.first);
        if last.is_empty() {
            *last = bytes;
        } else if last.len() + bytes.len() <= JOINED {
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

/// The socket's side.
impl Outgoing {
    pub(crate) const fn is_empty(&self) -> bool {
        self.queued == 0
    }

    pub(crate) const fn is_full(&self) -> bool {
        self.is_full
    }

    /// The hard limit, once it has been passed.
    pub(crate) fn overrun(&self, options: &Options) -> Option<usize> {
        self.is_overrun.then_some(options.hard_limit)
    }

    /// How many bytes are still to be sent, those given up for the hard limit included.
    pub(crate) fn unsent(&self, options: &Options) -> usize {
        self.overrun(options).unwrap_or(self.queued)
    }

    /// The first pieces of the queue, for one system call.
    pub(crate) fn pieces(&self) -> SmallVec<[IoSlice<'_>; 4]> {
        let mut pieces = smallvec![IoSlice::new(&self.first)];
        if !self.others.is_empty() {
            pieces.extend(self.others.iter().take(PIECES - 1).map(|bytes| IoSlice::new(bytes)));
        }
        pieces
    }

    /// Takes away what has been written.
    pub(crate) fn advance(&mut self, written: usize, options: &Options) {
        self.queued -= written;
        let mut left = written;
        while left >= self.first.len() && !self.first.is_empty() {
            left -= self.first.len();
            self.first = self.others.pop_front().unwrap_or_default();
        }
        self.first.advance(left);
        if self.others.is_empty() {
            // An idle connection holds no memory for it.
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
