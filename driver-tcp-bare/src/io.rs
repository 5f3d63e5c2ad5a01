//! The sockets. Only this module names the async runtime, mio (the poller) and socket2.

#[cfg(not(unix))]
compile_error!(
    "driver-tcp-bare supports only Unix: it waits for its poller through the poller's file descriptor"
);

mod connect;
mod connection;
mod deadlines;
mod listener;
mod loss;
mod poller;
mod pool;
mod runtime;
mod settings;
mod slot;
mod source;

pub(crate) use connect::connect;
pub(crate) use connection::{Activity, Connection};
pub(crate) use pool::Sockets;
pub(crate) use slot::Key;
pub(crate) use source::Activities;
