//! The outside: threads that read and write, since both may block, and the terminal. The one place that names
//! `terminal_size` and `signal-hook`. No async runtime is needed.

mod reader;
#[cfg(not(unix))]
#[path = "io/no_resizes.rs"]
mod resizes;
#[cfg(unix)]
mod resizes;
mod terminal;
mod worker;
mod writer;

pub(crate) use reader::{Arrival, Reader};
pub(crate) use resizes::Resized;
pub(crate) use terminal::Terminal;
pub(crate) use writer::Writer;
