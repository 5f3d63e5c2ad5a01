//! The sockets: the only place that names an async runtime, the poller of the sockets, and socket2.

#[cfg(not(unix))]
compile_error!("driver-tcp-bare waits for its poller by the poller's descriptor, which only a Unix gives it");

mod connect;
mod connection;
mod deadlines;
mod listener;
mod loss;
mod place;
mod poller;
mod pool;
mod runtime;
mod settings;
mod source;

pub(crate) use connect::connect;
pub(crate) use connection::{Activity, Connection};
pub(crate) use place::Key;
pub(crate) use pool::Sockets;
pub(crate) use source::Activities;
