//! The system's clocks. Only this module names the async runtime.
//!
//! The driver uses only the reactor of the runtime. The reactor is the same with either feature.

#[cfg(not(any(feature = "async-std", feature = "smol")))]
compile_error!("driver-timer needs a runtime: turn on its feature `async-std` or `smol`");

use std::time::{Duration, Instant, SystemTime};

use async_io::Timer;
use futures::FutureExt;
use futures::future::BoxFuture;

use crate::clock::{Clock, Now};

/// The clocks of the system. The monotonic clock counts from the creation of this value.
pub(crate) struct SystemClock {
    start: Instant,
}

/// The wake-up times are rounded up to this. Timers that are due within it share a wake-up, which costs more than the
/// timers.
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
        // A time that the system cannot represent is never reached.
        self.start.checked_add(time).map_or_else(Timer::never, Timer::at).map(|_| ()).boxed()
    }
}
