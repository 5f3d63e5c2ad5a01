//! What handlers ask of a connection, and its queue of what is to be sent.

use std::collections::VecDeque;
use std::fmt;
use std::io::IoSlice;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use bytes::{Buf, Bytes, BytesMut};

use crate::options::Options;

/// How many pieces are written by one system call at the most.
pub(super) const PIECES: usize = 64;

/// Pieces are joined up to this length: many small ones would take far more than their bytes.
const JOINED: usize = 1024;

/// A handler's end of a connection: it queues and asks, and never waits.
#[derive(Clone)]
pub(crate) struct Controls(Arc<Mutex<Asked>>);

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

/// What has been asked of a connection.
pub(super) struct Asked {
    outgoing: VecDeque<Bytes>,
    /// The bytes in all of `outgoing`.
    queued: usize,
    /// From above the high-water mark down to the low-water mark.
    is_full: bool,
    /// What the session has last been told of that.
    is_told_full: bool,
    /// Whether news of relief is on its way to the session; by then it may be full again.
    is_relief_told: bool,
    /// Whether the program stops.
    pub(super) is_stopping: bool,
    /// Whether the hard limit has been passed; nothing is queued then.
    is_overrun: bool,
    /// Whether the system has shown by another connection that this one is lost.
    pub(super) is_lost: bool,
    high_water_mark: usize,
    low_water_mark: usize,
    hard_limit: usize,
    /// Whether a session reads.
    pub(super) is_reading: bool,
    /// Whether what was last read is still on its way to the session.
    pub(super) is_delivering: bool,
    /// Whether a session waits by itself while the queue is full; reading goes on then.
    pub(super) is_paced: bool,
    /// Whether a session has ever been there.
    pub(super) is_taken: bool,
    pub(super) ending: Ending,
    pub(super) waker: Option<Waker>,
}

/// How far the connection is to be ended, once what is queued has been written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ending {
    Open,
    /// Shut down the sending side.
    Sending,
    /// Shut down the sending side, discard what comes, and close.
    Both,
}

impl Controls {
    pub(crate) fn new(options: &Options) -> Self {
        Self(Arc::new(Mutex::new(Asked {
            outgoing: VecDeque::new(),
            queued: 0,
            is_full: false,
            is_told_full: false,
            is_relief_told: false,
            is_stopping: false,
            is_overrun: false,
            is_lost: false,
            high_water_mark: options.high_water_mark,
            low_water_mark: options.low_water_mark.min(options.high_water_mark),
            hard_limit: options.hard_limit,
            is_reading: false,
            is_delivering: false,
            is_paced: false,
            is_taken: false,
            ending: Ending::Open,
            waker: None,
        })))
    }

    /// Queues some bytes to be sent.
    pub(crate) fn send(&self, bytes: Bytes) -> Sent {
        let mut asked = self.lock();
        if asked.ending != Ending::Open {
            return Sent::Ended;
        }
        asked.queue(bytes);
        asked.wake();
        let is_news = asked.is_full && !mem::replace(&mut asked.is_told_full, true);
        if is_news { Sent::Full } else { Sent::Queued }
    }

    /// Notes that a session is there.
    pub(crate) fn take(&self) {
        let mut asked = self.lock();
        asked.is_taken = true;
        asked.wake();
    }

    /// Reads from the socket, or lets the bytes wait in it.
    pub(crate) fn read(&self, is_reading: bool) {
        let mut asked = self.lock();
        asked.is_reading = is_reading;
        asked.wake();
    }

    /// Reads also while the queue is full, or no longer.
    pub(crate) fn pace(&self, is_paced: bool) {
        let mut asked = self.lock();
        asked.is_paced = is_paced;
        asked.wake();
    }

    /// Goes on reading: what was last read has been delivered.
    pub(crate) fn delivered(&self) {
        let mut asked = self.lock();
        asked.is_delivering = false;
        asked.wake();
    }

    /// Whether the session is still to be told of a relief that the source has told of.
    pub(crate) fn is_relieved(&self) -> bool {
        let mut asked = self.lock();
        asked.is_relief_told = false;
        asked.wake();
        !asked.is_full && mem::replace(&mut asked.is_told_full, false)
    }

    /// Whether the session has been told that the queue is full.
    pub(crate) fn is_told_full(&self) -> bool {
        self.lock().is_told_full
    }

    /// Notes that the connection is lost, although the socket does not tell.
    pub(crate) fn lose(&self) {
        let mut asked = self.lock();
        asked.is_lost = true;
        asked.wake();
    }

    /// Reads no more, and says so once what was read has been delivered.
    pub(crate) fn stop(&self) {
        let mut asked = self.lock();
        asked.is_stopping = true;
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

    pub(super) fn lock(&self) -> MutexGuard<'_, Asked> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Asked {
    pub(super) const fn is_full(&self) -> bool {
        self.is_full
    }

    /// How many bytes are still to be sent, those given up for the hard limit included.
    pub(super) const fn unsent(&self) -> usize {
        if self.is_overrun { self.hard_limit } else { self.queued }
    }

    /// Whether there is news of relief, told once at a time.
    pub(super) const fn has_relief_to_tell(&mut self) -> bool {
        !self.is_full && self.is_told_full && !mem::replace(&mut self.is_relief_told, true)
    }

    /// The hard limit, once it has been passed.
    pub(super) const fn overrun(&self) -> Option<usize> {
        if self.is_overrun { Some(self.hard_limit) } else { None }
    }

    /// The first pieces of the queue, and how many they are.
    pub(super) fn pieces(&self) -> ([IoSlice<'_>; PIECES], usize) {
        let mut pieces = [IoSlice::new(&[]); PIECES];
        let mut count = 0;
        for (piece, bytes) in pieces.iter_mut().zip(&self.outgoing) {
            *piece = IoSlice::new(bytes);
            count += 1;
        }
        (pieces, count)
    }

    /// Takes away what has been written.
    pub(super) fn advance(&mut self, written: usize) {
        self.queued -= written;
        let mut left = written;
        while let Some(first) = self.outgoing.front_mut() {
            if left < first.len() {
                first.advance(left);
                break;
            }
            left -= first.len();
            self.outgoing.pop_front();
        }
        if self.outgoing.is_empty() {
            // An idle connection holds no memory for its queue.
            self.outgoing.shrink_to(0);
        }
        if self.queued <= self.low_water_mark {
            self.is_full = false;
        }
    }

    fn queue(&mut self, bytes: Bytes) {
        if bytes.is_empty() || self.is_overrun {
            return;
        }
        self.queued += bytes.len();
        match self.outgoing.back_mut() {
            Some(last) if last.len() + bytes.len() <= JOINED => join(last, &bytes),
            _ => self.outgoing.push_back(bytes),
        }
        self.is_full |= self.queued > self.high_water_mark;
        if self.queued > self.hard_limit {
            self.is_overrun = true;
            self.queued = 0;
            self.outgoing = VecDeque::new();
        }
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

fn join(piece: &mut Bytes, bytes: &[u8]) {
    let own = mem::take(piece).try_into_mut();
    let mut joined = own.unwrap_or_else(|shared| BytesMut::from(&shared[..]));
    joined.extend_from_slice(bytes);
    *piece = joined.freeze();
}

impl fmt::Debug for Controls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Controls").finish_non_exhaustive()
    }
}
