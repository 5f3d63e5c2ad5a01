//! The messages for the input, the outputs and the terminal.

use std::borrow::Cow;
use std::fmt::{self, Display};

use bytes::Bytes;
use marketplace_core::{Message, Question, Reason, topic};

/// A line of the input. Subscribe to it to read the input line by line.
///
/// The driver is a participant publisher while a process subscribes and the input may have more. When the input ends,
/// the publisher is removed. If the input cannot be read, the reason is the I/O error.
///
/// No warning is logged when a line has no receiver: the driver keeps it for the next subscriber.
///
/// # Examples
///
/// A process that prints the length of each line, and quits at the end of the input:
///
/// ```
/// use driver_console::InputLine;
/// use marketplace_core::{Spawn, topic};
///
/// let counter = Spawn::new((), |(), cx| {
///     cx.subscriber(topic!(InputLine { .. }))
///         .on_message(|(), _, line| println!("line {}: {} bytes", line.number, line.bytes.len()))
///         .on_absence(|(), cx, _, reason| cx.quit_because(reason.clone()));
/// });
/// # let _ = counter;
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(lossy)]
pub struct InputLine {
    /// The number of the line, from 1. Patterns cannot match on it.
    #[message(skip)]
    pub number: u64,
    /// The line without its ending, which may be invalid UTF-8. Patterns cannot match on it.
    #[message(skip)]
    pub bytes: Bytes,
    /// How the line ends. Patterns cannot match on it.
    #[message(skip)]
    pub ending: LineEnding,
}

/// How an [`InputLine`] ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Message)]
pub enum LineEnding {
    /// With a line feed, `\n`.
    Lf,
    /// With a carriage return and a line feed, `\r\n`.
    CrLf,
    /// With the end of the input.
    EndOfInput,
    /// Not yet: the line is longer than the limit, and continues in the next message, which has the same number.
    Unfinished,
}

/// Some bytes of the input. Subscribe to it to read the input as bytes instead of lines.
///
/// The driver is a participant publisher while a process subscribes and the input may have more. When the input ends,
/// the publisher is removed. If the input cannot be read, the reason is the I/O error.
///
/// No warning is logged when such a message has no receiver: the driver keeps the bytes for the next subscriber.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(lossy)]
pub struct InputBytes {
    /// The bytes. The boundaries between messages have no meaning. Patterns cannot match on the bytes.
    #[message(skip)]
    pub bytes: Bytes,
}

/// Pauses the input: publish it while your process cannot accept more input.
///
/// The driver delivers no more input while a participant publishes this. One message that is already on its way may
/// still arrive. No message of this type is ever sent.
///
/// # Examples
///
/// A process that pauses the input while its output is full:
///
/// ```
/// use driver_console::{OutputReady, OutputStream, PauseInput};
/// use marketplace_core::{Spawn, topic};
///
/// let process = Spawn::new((), |(), cx| {
///     cx.observe_publishers(topic!(OutputReady { stream: OutputStream::Stdout }))
///         .on_presence(|(), cx, _| cx.delete("pause"))
///         .on_absence(|(), cx, _, _| {
///             cx.publisher(topic!(PauseInput)).named("pause");
///         });
/// });
/// # let _ = process;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Message)]
pub struct PauseInput;

/// Bytes to write to an output. Send it to print something.
///
/// The driver is a participant subscriber from its start. If the output fails, the subscriber is removed with the
/// error as the reason. It is added again with new demand: when another participant publishes to the output.
///
/// # Examples
///
/// ```
/// use driver_console::{OutputBytes, OutputStream};
/// use marketplace_core::Spawn;
///
/// let greeter = Spawn::new((), |(), cx| {
///     // Quits when standard output cannot be written any more.
///     cx.publisher(OutputBytes::to(OutputStream::Stdout))
///         .on_absence(|(), cx, _, reason| cx.quit_because(reason.clone()));
///     cx.send(OutputBytes::line(OutputStream::Stdout, "hello"));
/// });
/// # let _ = greeter;
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Message)]
pub struct OutputBytes {
    /// The output to write to.
    pub stream: OutputStream,
    /// The bytes. Patterns cannot match on them.
    #[message(skip)]
    pub bytes: Bytes,
}

/// One of the program's two outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Message)]
pub enum OutputStream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// A question for `cx.ask` (see [`Question`]): the answer arrives after everything that was sent
/// to an output before has been written and flushed.
///
/// Ask it before your process quits, if it must know that its output was written. The answer is an error if the output
/// cannot be written. It is the reason for which the driver's subscriber to [`OutputBytes`] was removed.
///
/// # Examples
///
/// ```
/// use driver_console::{OutputBytes, OutputFlush, OutputStream};
/// use marketplace_core::Spawn;
///
/// let stream = OutputStream::Stdout;
/// let greeter = Spawn::new((), move |(), cx| {
///     cx.send(OutputBytes::line(stream, "hello"));
///     cx.ask(OutputFlush { stream }).then(|(), cx, flushed| {
///         flushed??;
///         cx.quit();
///         Ok(())
///     });
/// });
/// # let _ = greeter;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Message)]
pub struct OutputFlush {
    /// The output to flush.
    pub stream: OutputStream,
}

/// Back-pressure of an output: the driver publishes it while the output has room for more. Observe its publishers, and
/// send no more while there is none.
///
/// The driver's participant publisher is removed when more bytes than the high-water mark are queued, and added again
/// at the low-water mark. No message of this type is ever sent. [`PauseInput`] has an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Message)]
pub struct OutputReady {
    /// The output that has room.
    pub stream: OutputStream,
}

/// The size of the terminal. Subscribe to it to learn the size and its changes.
///
/// If there is a terminal, the driver is a participant publisher of this topic, and the size is in the topic. No
/// message of this type is ever sent.
///
/// While a participant subscribes to it, the driver follows the changes: it adds a publisher with the new size, then
/// removes the one with the old size. An observer alone does not make the driver follow the changes, and may see an old
/// size. The crate's documentation has [an example](crate#the-size-of-the-terminal).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Message)]
pub struct TerminalSize {
    /// The number of characters in a line.
    pub columns: u16,
    /// The number of lines.
    pub rows: u16,
}

/// Published by the console driver of a VM, so that a second one notices it.
#[derive(Debug, Message)]
pub(crate) struct ConsoleService;

impl Question for OutputFlush {
    type Answer = Result<(), Reason>;
}

impl InputLine {
    /// The line as text, with invalid UTF-8 replaced by U+FFFD. (Use [`str::from_utf8`] on the bytes to detect invalid
    /// UTF-8.)
    ///
    /// # Examples
    ///
    /// ```
    /// use driver_console::{InputLine, LineEnding};
    ///
    /// let line = InputLine { number: 1, bytes: "h\u{e9}llo".into(), ending: LineEnding::Lf };
    /// assert_eq!(line.text(), "h\u{e9}llo");
    /// ```
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }
}

impl LineEnding {
    /// The bytes of the ending in the input: `\n`, `\r\n` or nothing.
    #[must_use]
    pub const fn as_bytes(self) -> &'static [u8] {
        match self {
            Self::Lf => b"\n",
            Self::CrLf => b"\r\n",
            Self::EndOfInput | Self::Unfinished => b"",
        }
    }
}

impl OutputBytes {
    /// A message that writes bytes to `stream`.
    pub fn new(stream: OutputStream, bytes: impl Into<Bytes>) -> Self {
        Self { stream, bytes: bytes.into() }
    }

    /// A message that writes a line of text and a line feed to `stream`.
    pub fn line(stream: OutputStream, text: impl Display) -> Self {
        Self::new(stream, format!("{text}\n"))
    }

    /// The topic of all bytes that are written to `stream`.
    #[must_use]
    pub fn to(stream: OutputStream) -> OutputBytesPattern {
        topic!(Self { stream, .. })
    }
}

impl Display for OutputStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stdout => "standard output",
            Self::Stderr => "standard error",
        })
    }
}
