//! What the example programs share: options, logging, and stopping on a signal.

mod logging;
mod program;
mod server;

pub use logging::log_to_standard_error;
pub use program::run;
pub use server::{ServerOptions, announce};

/// The program in the workspace's README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
