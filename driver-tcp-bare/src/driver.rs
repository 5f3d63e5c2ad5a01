//! The driver: one process that sees what is demanded, and speaks for all connections.

use std::sync::Arc;

use marketplace_core::{Spawn, Stopping, topic};

use crate::options::TcpDriver;
use crate::state::Driver;

/// The TCP driver with its options as they are by default: see [`TcpDriver`].
///
/// (`tcp-driver` in the original.)
#[must_use]
pub fn tcp_driver() -> Spawn {
    TcpDriver::new().spawn()
}

impl TcpDriver {
    /// The driver's process.
    #[must_use]
    pub fn spawn(self) -> Spawn {
        Spawn::new(Driver::new(Arc::new(self)), |_, cx| {
            Driver::serve_listeners(cx);
            Driver::serve_connectors(cx);
            cx.observe_publishers(topic!(Stopping { .. })).on_presence(|driver, cx, _| driver.stop(cx));
        })
        .named("tcp driver")
    }
}
