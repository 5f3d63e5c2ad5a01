//! What whoever keeps the grounds is told.

use std::time::{Duration, Instant};

use marketplace_core::Handle;

/// What counts as for ever.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// What is told by the threads, and from outside.
pub(crate) enum News {
    /// A ground has been made; a weak handle on it.
    Made(usize, Handle),
    /// Somebody has asked for a stop, by a deadline.
    Stopping(Instant),
    /// The thread of a ground is about to end: the last that it tells.
    Ended(usize),
}

/// When a time from now on is over.
pub(crate) fn deadline(grace: Duration) -> Instant {
    Instant::now() + grace.min(LONGEST)
}
