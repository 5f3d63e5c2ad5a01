#![doc = include_str!("../README.md")]

mod driver;
mod io;
mod message;
mod stop;

pub use driver::signal_driver;
pub use message::{Signal, SignalError, SignalErrorPattern, SignalKind, SignalPattern};
pub use stop::stop_on_signals;
