//! The streams, with a thread for each because reading and writing may block, and the terminal. Only this module names
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
