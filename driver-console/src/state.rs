//! The state of the driver's process.

use bytes::{Bytes, BytesMut};
use marketplace_core::{Reason, Reply, Value};

use crate::io::{Reader, Terminal, Writer};
use crate::message::{InputLine, OutputFlush, OutputStream, TerminalSize};
use crate::options::{ConsoleDriver, Marks};

/// The state of the driver's process: an input, two outputs and a terminal, which are independent of each other.
pub(crate) struct Driver {
    pub(crate) input: Input,
    pub(crate) stdout: Output,
    pub(crate) stderr: Output,
    pub(crate) display: Display,
}

/// The input, and the demand for it.
pub(crate) struct Input {
    pub(crate) reader: Reader,
    pub(crate) max_line_length: usize,
    pub(crate) lines: Subscribers,
    pub(crate) bytes: Subscribers,
    /// How many publishers of `PauseInput` there are.
    pub(crate) pauses: usize,
    /// The form in which the input is published.
    pub(crate) offered: Option<Form>,
    /// The name of the endpoint that receives the event of arriving input, while the input is read.
    pub(crate) arrival_endpoint: Option<Value>,
    /// The piece that has been sent, and may have no receiver.
    pub(crate) delivering: Option<Piece>,
    pub(crate) is_stopping: bool,
}

/// The form in which the input is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Lines,
    Bytes,
}

/// The subscribers to one form.
#[derive(Clone, Copy, Default)]
pub(crate) struct Subscribers {
    /// How many there are.
    pub(crate) count: usize,
    /// Whether the input has ended since the last of them was added. The input is read again only for a new subscriber.
    pub(crate) has_seen_end: bool,
}

/// A piece of the input.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Line(InputLine),
    Bytes(Bytes),
}

/// An output, and its queue.
pub(crate) struct Output {
    pub(crate) stream: OutputStream,
    pub(crate) writer: Writer,
    pub(crate) marks: Marks,
    pub(crate) waiting: BytesMut,
    /// How many bytes are being written.
    pub(crate) writing: usize,
    /// The unanswered flush questions, each with the number of bytes that must be written before its answer.
    pub(crate) flushes: Vec<(usize, Reply<OutputFlush>)>,
    pub(crate) publishers: usize,
    pub(crate) is_open: bool,
    /// Why the output is not open.
    pub(crate) failure: Reason,
}

/// The terminal, and the demand for its size.
pub(crate) struct Display {
    pub(crate) terminal: Terminal,
    /// The published size, and the name of the endpoint that publishes it.
    pub(crate) published: Option<(TerminalSize, Value)>,
    pub(crate) subscribers: usize,
    pub(crate) is_stopping: bool,
}

impl Driver {
    pub(crate) fn new(options: ConsoleDriver) -> Self {
        let ConsoleDriver { input, stdout, stderr, terminal, max_line_length, marks } = options;
        Self {
            input: Input {
                reader: input,
                max_line_length,
                lines: Subscribers::default(),
                bytes: Subscribers::default(),
                pauses: 0,
                offered: None,
                arrival_endpoint: None,
                delivering: None,
                is_stopping: false,
            },
            stdout: Output::new(OutputStream::Stdout, stdout, marks),
            stderr: Output::new(OutputStream::Stderr, stderr, marks),
            display: Display { terminal, published: None, subscribers: 0, is_stopping: false },
        }
    }

    pub(crate) const fn output(&mut self, stream: OutputStream) -> &mut Output {
        match stream {
            OutputStream::Stdout => &mut self.stdout,
            OutputStream::Stderr => &mut self.stderr,
        }
    }
}

impl Output {
    fn new(stream: OutputStream, writer: Writer, marks: Marks) -> Self {
        let waiting = BytesMut::new();
        Self {
            stream,
            writer,
            marks,
            waiting,
            writing: 0,
            flushes: Vec::new(),
            publishers: 0,
            is_open: false,
            failure: Reason::normal(),
        }
    }
}
