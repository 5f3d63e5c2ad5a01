//! How a program runs on its thread: the only place that names a runtime.
//!
//! It is async-io's way, which also waits for sockets and clocks of that reactor, on which async-std and smol are made: they
//! then wake the program without another thread between. A driver on another runtime is none the worse for it.

use std::time::Duration;

use async_io::Timer;

pub(crate) use async_io::block_on;

/// Waits in real time.
pub(crate) async fn sleep(duration: Duration) {
    Timer::after(duration).await;
}
