//! How the others run, in the cases without sockets: on one thread.

use std::future::Future;

/// Runs a future, and the tasks it spawns, on a tokio of one thread: this one.
pub(crate) fn on_tokio<T>(future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(future)
}

/// Runs a future on an actix of one thread: this one.
pub(crate) fn on_actix<T>(future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    actix::System::new().block_on(future)
}
