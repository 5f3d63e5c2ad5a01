//! The driver's options, and their defaults.

use std::io::{Read, Write};
#[cfg(unix)]
use std::os::fd::OwnedFd;

use crate::io::{Reader, Terminal, Writer};

/// A builder for the console driver with other options than the defaults of [`console_driver`](crate::console_driver).
///
/// Sizes are in bytes. Clones share their input and their outputs, and also input that has been read and not been
/// delivered. So if a supervisor starts each driver from a clone, a new driver continues with the input that the one
/// before has read.
///
/// # Examples
///
/// ```
/// use driver_console::ConsoleDriver;
///
/// let driver = ConsoleDriver::new().max_line_length(1000).hard_limit(64 * 1024 * 1024);
/// # let _ = driver.spawn();
/// ```
#[derive(Clone, Debug)]
pub struct ConsoleDriver {
    pub(crate) input: Reader,
    pub(crate) stdout: Writer,
    pub(crate) stderr: Writer,
    pub(crate) terminal: Terminal,
    pub(crate) max_line_length: usize,
    pub(crate) marks: Marks,
}

/// The marks and the limit of an output's queue, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Marks {
    pub(crate) high: usize,
    pub(crate) low: usize,
    pub(crate) limit: usize,
}

impl ConsoleDriver {
    /// A driver for the program's own standard input and outputs, with the default options.
    #[must_use]
    pub fn new() -> Self {
        Self {
            input: Reader::standard(),
            stdout: Writer::standard_output(),
            stderr: Writer::standard_error(),
            terminal: Terminal::standard(),
            max_line_length: 1024 * 1024,
            marks: Marks { high: 256 * 1024, low: 64 * 1024, limit: 16 * 1024 * 1024 },
        }
    }

    /// Reads this instead of standard input: a file, a socket or a serial line, for example. Reading may block.
    #[must_use]
    pub fn input(mut self, input: impl Read + Send + 'static) -> Self {
        self.input = Reader::new(input);
        self
    }

    /// Writes the bytes for [`OutputStream::Stdout`](crate::OutputStream::Stdout) to this instead. Writing may block.
    #[must_use]
    pub fn stdout(mut self, output: impl Write + Send + 'static) -> Self {
        self.stdout = Writer::new(output);
        self
    }

    /// Writes the bytes for [`OutputStream::Stderr`](crate::OutputStream::Stderr) to this instead. Writing may block.
    #[must_use]
    pub fn stderr(mut self, output: impl Write + Send + 'static) -> Self {
        self.stderr = Writer::new(output);
        self
    }

    /// Publishes the size of this terminal. The default is the terminal of standard output, or else that of standard
    /// error, or else that of standard input.
    ///
    /// The system reports changes only for the program's controlling terminal. For another terminal, send the program a
    /// `SIGWINCH` after each change.
    #[cfg(unix)]
    #[must_use]
    pub fn terminal(mut self, terminal: impl Into<OwnedFd>) -> Self {
        self.terminal = Terminal::new(terminal.into());
        self
    }

    /// The largest length of an [`InputLine`](crate::InputLine), without its ending. A longer line is delivered in
    /// pieces. The default is 1 MiB. A value below 4 bytes counts as 4.
    #[must_use]
    pub fn max_line_length(mut self, bytes: usize) -> Self {
        self.max_line_length = bytes.max(4);
        self
    }

    /// An output is full when more than this number of bytes is queued for it: its
    /// [`OutputReady`](crate::OutputReady) is removed. The default is 256 KiB.
    #[must_use]
    pub const fn high_water_mark(mut self, bytes: usize) -> Self {
        self.marks.high = bytes;
        self
    }

    /// A full output has room again when no more than this number of bytes is queued. The default is 64 KiB. If it is
    /// above the high-water mark, the high-water mark is used instead.
    #[must_use]
    pub const fn low_water_mark(mut self, bytes: usize) -> Self {
        self.marks.low = bytes;
        self
    }

    /// An output fails when more than this number of bytes would be queued for it, because processes keep sending to a
    /// full output. The default is 16 MiB. Each output has its own limit.
    #[must_use]
    pub const fn hard_limit(mut self, bytes: usize) -> Self {
        self.marks.limit = bytes;
        self
    }
}

impl Default for ConsoleDriver {
    fn default() -> Self {
        Self::new()
    }
}
