//! Time as an input: what the driver wants of a clock.

use std::time::{Duration, SystemTime};

use futures::future::BoxFuture;

/// What time it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    /// By the monotonic clock, since some moment in the past.
    pub(crate) monotonic: Duration,
    /// By the wall clock, which may be set.
    pub(crate) wall: SystemTime,
}

/// The two clocks.
pub(crate) trait Clock: Send + Sync + 'static {
    fn now(&self) -> Now;

    /// Done once the monotonic clock says `time`, or later.
    fn wait_until(&self, time: Duration) -> BoxFuture<'static, ()>;
}
