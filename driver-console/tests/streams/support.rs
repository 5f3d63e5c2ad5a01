//! Shared by the tests: a program with the driver, and streams to inspect.

use std::io::{self, Cursor, Read, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use driver_console::{ConsoleDriver, InputLine, LineEnding};
use marketplace_core::{Ground, Message, Reason};
use marketplace_testing::{Inbox, InboxEvent, TestProgram};

/// A driver with these bytes as its input, which writes nothing to the test's own streams.
pub(crate) fn driver_of(input: impl AsRef<[u8]> + Send + 'static) -> ConsoleDriver {
    reading(Cursor::new(input))
}

pub(crate) fn reading(input: impl Read + Send + 'static) -> ConsoleDriver {
    ConsoleDriver::new().input(input).stdout(io::sink()).stderr(io::sink())
}

/// A driver that writes its standard output to `output`.
pub(crate) fn writing(output: impl Write + Send + 'static) -> ConsoleDriver {
    reading(io::empty()).stdout(output)
}

pub(crate) fn program(driver: ConsoleDriver) -> io::Result<TestProgram> {
    TestProgram::run(Ground::new().spawn(driver.spawn()))
}

/// Lines with these texts. All but the last end with a line feed.
pub(crate) fn numbered(texts: &[&str]) -> Vec<InputLine> {
    let last = texts.len() - 1;
    let line = |(at, text): (usize, &&str)| {
        let ending = if at == last { LineEnding::EndOfInput } else { LineEnding::Lf };
        InputLine { number: at as u64 + 1, bytes: text.to_string().into(), ending }
    };
    texts.iter().enumerate().map(line).collect()
}

/// The lines `1` to `count`.
pub(crate) fn counted(count: u64) -> String {
    (1..=count).map(|number| format!("{number}\n")).collect()
}

/// The messages until the publisher is removed, and the reason.
pub(crate) fn rest<M: Message + Clone>(inbox: &mut Inbox<M>) -> anyhow::Result<(Vec<M>, Reason)> {
    let mut messages = Vec::new();
    loop {
        match inbox.recv()? {
            InboxEvent::Message(message) => messages.push((*message).clone()),
            InboxEvent::Absence { reason, .. } => return Ok((messages, reason)),
            InboxEvent::Presence { .. } => {}
        }
    }
}

/// Lets the program run some turns.
pub(crate) fn pass_time(program: &TestProgram) -> anyhow::Result<()> {
    (0..20).try_for_each(|_| program.counters().map(|_| ()))
}

/// An input that counts its reads.
pub(crate) struct Counted<R> {
    pub(crate) input: R,
    pub(crate) reads: Arc<AtomicUsize>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.input.read(buffer)
    }
}

/// An output that stores the bytes that are written and flushed.
#[derive(Clone, Default)]
pub(crate) struct Written(Arc<Mutex<Pieces>>);

#[derive(Default)]
struct Pieces {
    flushed: Vec<u8>,
    unflushed: Vec<u8>,
}

impl Written {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.lock().flushed.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Pieces> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lock().unflushed.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut pieces = self.lock();
        let unflushed = std::mem::take(&mut pieces.unflushed);
        pieces.flushed.extend(unflushed);
        Ok(())
    }
}
