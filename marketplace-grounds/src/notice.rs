//! What the threads and the handles report to the keeper.

use std::time::{Duration, Instant};

use marketplace_core::Handle;

/// Longer grace periods are cut to this, since an `Instant` cannot be arbitrarily far away.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// A report from a thread, or from outside.
pub(crate) enum Notice {
    /// A ground has been made; a weak handle to it.
    Made(usize, Handle),
    /// A stop was requested, with a deadline.
    Stopping(Instant),
    /// The thread of a ground is about to end. It sends nothing after this.
    Ended(usize),
}

/// The end of a period that begins now.
pub(crate) fn deadline(grace: Duration) -> Instant {
    Instant::now() + grace.min(LONGEST)
}
