//! How the others run in the cases without sockets: on one thread.

use std::future::Future;

/// Runs a future, and the tasks that it spawns, on a tokio runtime that has only the current thread.
pub(crate) fn on_tokio<T>(future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(future)
}

/// Runs a future on an actix system that has only the current thread.
pub(crate) fn on_actix<T>(future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    actix::System::new().block_on(future)
}
