//! How a program runs on its thread: the only module that names a runtime.
//!
//! async-io's `block_on` also waits for the sockets and timers of its reactor, which async-std and smol use, so these wake
//! the program without a second thread. Drivers on other runtimes work too.

use std::time::Duration;

use async_io::Timer;

pub(crate) use async_io::block_on;

/// Waits in real time.
pub(crate) async fn sleep(duration: Duration) {
    Timer::after(duration).await;
}
