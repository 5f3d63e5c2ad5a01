//! The system's clocks: the only place that names an async runtime.
//!
//! Of the runtimes that the driver's features choose it needs the reactor alone, and they have the same.

#[cfg(not(any(feature = "async-std", feature = "smol")))]
compile_error!("this driver needs a runtime: turn on its feature `async-std` or `smol`");

use std::time::{Duration, Instant, SystemTime};

use async_io::Timer;
use futures::FutureExt;
use futures::future::BoxFuture;

use crate::clock::{Clock, Now};

/// The clocks of the system; the monotonic one counts from when this was made.
pub(crate) struct SystemClock {
    start: Instant,
}

/// What is due within a millisecond is waited for together: to be woken costs more than a timer does.
const GRAIN: Duration = Duration::from_millis(1);

impl SystemClock {
    pub(crate) fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Now {
        Now { monotonic: self.start.elapsed(), wall: SystemTime::now() }
    }

    fn wait_until(&self, time: Duration) -> BoxFuture<'static, ()> {
        let whole = time.as_nanos().div_ceil(GRAIN.as_nanos()).saturating_mul(GRAIN.as_nanos());
        let time = u64::try_from(whole).map_or(time, Duration::from_nanos);
        // What the system cannot represent never comes.
        self.start.checked_add(time).map_or_else(Timer::never, Timer::at).map(|_| ()).boxed()
    }
}
