//! The vocabulary: what comes in, what goes out, and what the driver says of both.

use std::borrow::Cow;
use std::fmt::{self, Display};

use bytes::Bytes;
use marketplace_core::{Message, Question, Reason, topic};

/// A line of the input.
///
/// The driver's participant publisher is there while somebody subscribes and there may be more, and goes when the input
/// ends, with the error if it cannot be read.
///
/// Nobody is warned of one that nobody takes: the driver keeps it, and tells it to whoever subscribes next.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(lossy)]
pub struct InputLine {
    /// Counts from 1; never matched on.
    #[message(skip)]
    pub number: u64,
    /// The line without its ending; never matched on. They may be no UTF-8.
    #[message(skip)]
    pub bytes: Bytes,
    /// How the line ends; never matched on.
    #[message(skip)]
    pub ending: LineEnding,
}

/// How a line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Message)]
pub enum LineEnding {
    /// By a line feed, `\n`.
    Lf,
    /// By a carriage return and a line feed, `\r\n`.
    CrLf,
    /// By the end of the input.
    EndOfInput,
    /// Not yet: it is longer than a line may be, and goes on in the next message, which has the same number.
    Unfinished,
}

/// Some bytes of the input, as they come.
///
/// The driver's participant publisher is there while somebody subscribes and there may be more, and goes when the input
/// ends, with the error if it cannot be read.
///
/// Nobody is warned of one that nobody takes: the driver keeps it, and tells it to whoever subscribes next.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(lossy)]
pub struct InputBytes {
    /// The bytes; never matched on, since where one piece ends and the next begins means nothing.
    #[message(skip)]
    pub bytes: Bytes,
}

/// Asks the driver to wait before it tells more of the input: published by whoever cannot take more for the time being.
/// No message is ever sent.
///
/// One message that is under way still comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Message)]
pub struct InputPause;

/// Some bytes to be written.
///
/// The driver's participant subscriber is there while they can be: from the beginning, until something cannot be written,
/// which is the reason of its absence. It comes back with new demand: when another participant comes that publishes.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
pub struct OutputBytes {
    /// Where to.
    pub stream: OutputStream,
    /// The bytes; never matched on.
    #[message(skip)]
    pub bytes: Bytes,
}

/// Where bytes are written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Message)]
pub enum OutputStream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// Asks to be told once all that was sent to an output before has been written and flushed. The answer is an error if it
/// cannot be written: the reason for which the driver's subscriber of [`OutputBytes`] has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Message)]
pub struct OutputFlush {
    /// Which output.
    pub stream: OutputStream,
}

/// State of the driver, published while there is room for more output: its participant publisher goes when more than the
/// high-water mark waits to be written, and comes back at the low-water mark. No message is ever sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Message)]
pub struct OutputRoom {
    /// Where there is room.
    pub stream: OutputStream,
}

/// State of the driver, published where there is a terminal: the presence of its participant publisher tells the size.
/// No message is ever sent.
///
/// While a participant subscribes to it, the driver follows the changes: the new size comes, and then the old one goes.
/// Who merely observes sees the size as it was when somebody last did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Message)]
pub struct TerminalSize {
    /// How many characters a line has.
    pub columns: u16,
    /// How many lines there are.
    pub rows: u16,
}

/// Published once in a VM that has a console driver.
#[derive(Debug, Message)]
pub(crate) struct Served;

impl Question for OutputFlush {
    type Answer = Result<(), Reason>;
}

impl InputLine {
    /// The line as text; what is not UTF-8 is shown as U+FFFD. ([`str::from_utf8`] of the bytes tells whether it is.)
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }
}

impl LineEnding {
    /// The bytes of the ending.
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
    /// Some bytes to be written.
    pub fn new(stream: OutputStream, bytes: impl Into<Bytes>) -> Self {
        Self { stream, bytes: bytes.into() }
    }

    /// A line of text to be written, to which the line feed is added.
    pub fn line(stream: OutputStream, text: impl Display) -> Self {
        Self::new(stream, format!("{text}\n"))
    }

    /// The topic of all that goes to `stream`.
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
