//! The driver's `Spawn`: one process observes the demand and serves all connections.

use std::sync::Arc;

use marketplace_core::{Spawn, Stopping, topic};

use crate::options::TcpDriver;
use crate::state::Driver;

/// The TCP driver with the default options. Spawn it once in a program, before the processes that use TCP or after
/// them. [`TcpDriver`] makes a driver with other options.
///
/// (`tcp-driver` in the original.)
///
/// # Examples
///
/// ```no_run
/// use async_std::task;
/// use driver_tcp_bare::{TcpAddress, TcpChannel, tcp_driver};
/// use marketplace_core::{Ground, Spawn, topic};
///
/// fn main() -> anyhow::Result<()> {
///     let clients = topic!(TcpChannel { source: _, destination: TcpAddress::listener(5999), .. });
///     let watcher = Spawn::new((), |(), cx| {
///         cx.observe_publishers(clients).on_presence(|(), _, peer| println!("{:?}", peer.conversation.ends()));
///     });
///     task::block_on(Ground::new().spawn(tcp_driver()).main(watcher).run())
/// }
/// ```
#[must_use]
pub fn tcp_driver() -> Spawn {
    TcpDriver::new().spawn()
}

impl TcpDriver {
    /// The driver's process with these options, to be spawned in a program.
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
