//! The clocks as the driver uses them. Tests use other implementations than the system's.

use std::time::{Duration, SystemTime};

use futures::future::BoxFuture;

/// The current time by both clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    /// By the monotonic clock, since a fixed moment in the past.
    pub(crate) monotonic: Duration,
    /// By the wall clock, which can be set.
    pub(crate) wall: SystemTime,
}

/// The monotonic clock and the wall clock.
pub(crate) trait Clock: Send + Sync + 'static {
    fn now(&self) -> Now;

    /// Completes when the monotonic clock has reached `time`.
    fn wait_until(&self, time: Duration) -> BoxFuture<'static, ()>;
}
