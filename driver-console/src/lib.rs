#![doc = include_str!("../README.md")]

mod buffer;
mod driver;
mod input;
mod io;
mod message;
mod options;
mod output;
mod state;
mod terminal;

pub use driver::console_driver;
pub use message::{
    InputBytes, InputBytesPattern, InputLine, InputLinePattern, LineEnding, LineEndingPattern, OutputBytes,
    OutputBytesPattern, OutputFlush, OutputFlushPattern, OutputReady, OutputReadyPattern, OutputStream,
    OutputStreamPattern, PauseInput, PauseInputPattern, TerminalSize, TerminalSizePattern,
};
pub use options::ConsoleDriver;
