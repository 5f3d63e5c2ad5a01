//! The driver's counters.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// The counters of a driver, for monitoring. [`TcpDriver::counters`](crate::TcpDriver::counters) returns them.
///
/// They can be read at any time, from any thread. Each value is exact when it is read. Two values that are read one
/// after the other may belong to different moments.
///
/// # Examples
///
/// ```
/// use driver_tcp_bare::TcpDriver;
///
/// let driver = TcpDriver::new();
/// let counters = driver.counters();
/// let driver = driver.spawn();
/// // While the program runs:
/// println!("{} connections are open, {} bytes were received", counters.open(), counters.bytes_in());
/// # let _ = driver;
/// ```
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
    /// The number of connections that are open now, including those that are being closed.
    #[must_use]
    pub fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// The number of connections that the driver does not read now because their queue is full.
    #[must_use]
    pub fn paused(&self) -> usize {
        self.paused.load(Ordering::Relaxed)
    }

    /// The number of inbound connections accepted so far.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// The number of inbound connections closed at once so far: because of a limit, or because sessions could not
    /// distinguish them from an open connection.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// The number of bytes read for sessions so far. Bytes that were discarded after the last session had ended are
    /// not counted.
    #[must_use]
    pub fn bytes_in(&self) -> u64 {
        self.bytes_in.load(Ordering::Relaxed)
    }

    /// The number of bytes written to sockets so far.
    #[must_use]
    pub fn bytes_out(&self) -> u64 {
        self.bytes_out.load(Ordering::Relaxed)
    }
}
