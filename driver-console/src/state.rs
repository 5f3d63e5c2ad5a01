//! What the driver's process knows.

use bytes::{Bytes, BytesMut};
use marketplace_core::{Reason, Reply, Value};

use crate::io::{Reader, Terminal, Writer};
use crate::message::{InputLine, OutputFlush, OutputStream, TerminalSize};
use crate::options::{ConsoleDriver, Marks};

/// The driver's process: an input, two outputs and a terminal, none of which has to do with the others.
pub(crate) struct Driver {
    pub(crate) input: Input,
    pub(crate) stdout: Output,
    pub(crate) stderr: Output,
    pub(crate) display: Display,
}

/// The input, and who wants it.
pub(crate) struct Input {
    pub(crate) reader: Reader,
    pub(crate) max_line_length: usize,
    pub(crate) lines: Audience,
    pub(crate) bytes: Audience,
    /// How many processes ask for a pause.
    pub(crate) pauses: usize,
    /// The form in which it is offered.
    pub(crate) offered: Option<Form>,
    /// The endpoint that hears what comes, while it is read.
    pub(crate) ears: Option<Value>,
    /// What has been told and may not have been taken.
    pub(crate) telling: Option<Piece>,
    pub(crate) is_stopping: bool,
}

/// In which form the input is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Lines,
    Bytes,
}

/// Those who want one form.
#[derive(Clone, Copy, Default)]
pub(crate) struct Audience {
    /// How many there are.
    pub(crate) subscribers: usize,
    /// Whether the input has ended since the last of them came. Who wants more must come anew.
    pub(crate) has_seen_end: bool,
}

/// A piece of the input.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Line(InputLine),
    Bytes(Bytes),
}

/// An output, and what waits for it.
pub(crate) struct Output {
    pub(crate) stream: OutputStream,
    pub(crate) writer: Writer,
    pub(crate) marks: Marks,
    pub(crate) waiting: BytesMut,
    /// How many bytes are being written.
    pub(crate) writing: usize,
    /// Those who wait for what they have sent to be written, and how many bytes have to be before that.
    pub(crate) flushes: Vec<(usize, Reply<OutputFlush>)>,
    pub(crate) publishers: usize,
    pub(crate) is_open: bool,
    /// Why it is not open.
    pub(crate) failure: Reason,
}

/// The terminal, and who follows its size.
pub(crate) struct Display {
    pub(crate) terminal: Terminal,
    /// The size as it was last told, and the endpoint that tells it.
    pub(crate) told: Option<(TerminalSize, Value)>,
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
                lines: Audience::default(),
                bytes: Audience::default(),
                pauses: 0,
                offered: None,
                ears: None,
                telling: None,
                is_stopping: false,
            },
            stdout: Output::new(OutputStream::Stdout, stdout, marks),
            stderr: Output::new(OutputStream::Stderr, stderr, marks),
            display: Display { terminal, told: None, subscribers: 0, is_stopping: false },
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
