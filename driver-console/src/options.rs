//! The driver's options.

use std::io::{Read, Write};
#[cfg(unix)]
use std::os::fd::OwnedFd;

use crate::io::{Reader, Terminal, Writer};

/// The console driver's options.
///
/// Sizes are in bytes. Clones share their input and their outputs, and with them what has been read and not been told: so
/// a supervisor makes each of its drivers from a clone.
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

/// How much may wait to be written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Marks {
    pub(crate) high: usize,
    pub(crate) low: usize,
    pub(crate) limit: usize,
}

impl ConsoleDriver {
    /// The program's own standard input and outputs, and the options as they are by default.
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

    /// Reads the input from another place than standard input: a file, a socket, a serial line. It may block.
    #[must_use]
    pub fn input(mut self, input: impl Read + Send + 'static) -> Self {
        self.input = Reader::new(input);
        self
    }

    /// Writes what goes to [`OutputStream::Stdout`](crate::OutputStream::Stdout) to another place. It may block.
    #[must_use]
    pub fn stdout(mut self, output: impl Write + Send + 'static) -> Self {
        self.stdout = Writer::new(output);
        self
    }

    /// Writes what goes to [`OutputStream::Stderr`](crate::OutputStream::Stderr) to another place. It may block.
    #[must_use]
    pub fn stderr(mut self, output: impl Write + Send + 'static) -> Self {
        self.stderr = Writer::new(output);
        self
    }

    /// Tells the size of another terminal than the one that the program runs in. The system tells of its changes only if
    /// it is the one that controls the program; otherwise send the program a `SIGWINCH`.
    #[cfg(unix)]
    #[must_use]
    pub fn terminal(mut self, terminal: impl Into<OwnedFd>) -> Self {
        self.terminal = Terminal::new(terminal.into());
        self
    }

    /// How long a line may be, without its ending; a longer one is told in pieces. 1 MiB by default, and at least 4 bytes.
    #[must_use]
    pub fn max_line_length(mut self, bytes: usize) -> Self {
        self.max_line_length = bytes.max(4);
        self
    }

    /// Above how many bytes that wait to be written there is no more [`OutputRoom`](crate::OutputRoom); 256 KiB by
    /// default.
    #[must_use]
    pub const fn high_water_mark(mut self, bytes: usize) -> Self {
        self.marks.high = bytes;
        self
    }

    /// At how many bytes there is room again; 64 KiB by default. Where it is above the high-water mark, that one counts.
    #[must_use]
    pub const fn low_water_mark(mut self, bytes: usize) -> Self {
        self.marks.low = bytes;
        self
    }

    /// Above how many bytes that would wait an output fails, because those who send go on although there is no room;
    /// 16 MiB by default, for each output.
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
