//! What the example programs share: options, logging, printing, and stopping on a signal.

mod announcement;
mod cores;
mod inspect;
mod join;
mod logging;
mod output;
mod program;
mod server;

pub use announcement::{Announcement, print_address};
pub use cores::Cores;
pub use inspect::{InspectOptions, Inspection};
pub use join::JoinOptions;
pub use logging::log_to_standard_error;
pub use output::{print_line, quit_with_output};
pub use program::{GRACE, run, run_on};
pub use server::ServerOptions;

/// The program in the workspace's README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
