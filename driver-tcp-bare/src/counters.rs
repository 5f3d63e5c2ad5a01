//! What the driver counts.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// What a driver counts; see [`TcpDriver::counters`](crate::TcpDriver::counters).
///
/// Each figure is exact; two read one after the other may be of different moments.
#[derive(Debug, Default)]
pub struct TcpCounters {
    pub(crate) open: AtomicUsize,
    pub(crate) paused: AtomicUsize,
    pub(crate) accepted: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) bytes_in: AtomicU64,
    pub(crate) bytes_out: AtomicU64,
}

impl TcpCounters {
    /// The connections there are now, those that are being closed included.
    #[must_use]
    pub fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// The connections that are not read now because more than the high-water mark is queued for the peer.
    #[must_use]
    pub fn paused(&self) -> usize {
        self.paused.load(Ordering::Relaxed)
    }

    /// The inbound connections accepted so far.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// The inbound connections closed at once because there were too many.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// The bytes read so far, those discarded after a session's end not counted.
    #[must_use]
    pub fn bytes_in(&self) -> u64 {
        self.bytes_in.load(Ordering::Relaxed)
    }

    /// The bytes written so far.
    #[must_use]
    pub fn bytes_out(&self) -> u64 {
        self.bytes_out.load(Ordering::Relaxed)
    }
}
