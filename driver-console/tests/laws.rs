//! The laws of a driver, checked on the console driver: with its input in either form, and with a terminal.

use std::any::Any;
use std::io::{self, PipeReader, PipeWriter, Read, Write, pipe};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::ensure;
use driver_console::{ConsoleDriver, InputBytes, InputLine, OutputBytes, OutputStream};
use marketplace_core::{Context, Role, Spawn, topic};
use marketplace_testing::laws::{Errand, Obstacle, Subject, Told, Up};
use marketplace_testing::{TestProgram, driver_laws};

/// How many bytes the tests write to standard output.
const LENGTH: usize = 1 << 20;

/// An input that is demanded in one form, and an output to write to.
struct Console {
    is_lines: bool,
    input: Arc<PipeReader>,
    /// Keeps the input from ending.
    _open: PipeWriter,
    fails: Arc<AtomicBool>,
    output: Written,
}

/// An input that can be made to fail.
struct Failing {
    input: Arc<PipeReader>,
    fails: Arc<AtomicBool>,
}

/// Makes the input fail until it is dropped.
struct Failure(Arc<AtomicBool>);

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Console {
    fn new(is_lines: bool) -> anyhow::Result<Self> {
        let (input, open) = pipe()?;
        let (input, fails) = (Arc::new(input), Arc::default());
        Ok(Self { is_lines, input, _open: open, fails, output: Written::default() })
    }
}

impl Read for Failing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.fails.load(Ordering::Acquire) {
            return Err(io::Error::other("broken"));
        }
        (&*self.input).read(buffer)
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Failure {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Subject for Console {
    fn driver(&self) -> Spawn {
        let input = Failing { input: Arc::clone(&self.input), fails: Arc::clone(&self.fails) };
        ConsoleDriver::new().input(input).stdout(self.output.clone()).spawn()
    }

    fn demand(&self, cx: &mut Context<'_, ()>) {
        if self.is_lines {
            cx.subscriber(topic!(InputLine { .. })).named("input");
        } else {
            cx.subscriber(topic!(InputBytes { .. })).named("input");
        }
    }

    fn withdraw(&self, cx: &mut Context<'_, ()>) {
        cx.delete("input");
    }

    fn up(&self) -> Up {
        Up::WhileOpen(match self.is_lines {
            true => Role::publisher(topic!(InputLine { .. })),
            false => Role::publisher(topic!(InputBytes { .. })),
        })
    }

    fn is_open(&self, program: &TestProgram) -> anyhow::Result<bool> {
        Ok(!program.open_sources()?.is_empty())
    }

    fn obstruct(&self) -> anyhow::Result<Obstacle> {
        self.fails.store(true, Ordering::Release);
        let guard: Box<dyn Any + Send> = Box::new(Failure(Arc::clone(&self.fails)));
        Ok(Obstacle::Put { guard, told: Told::Absence })
    }

    fn errand(&self) -> Errand {
        let written = self.output.clone();
        Errand::Some {
            give: Box::new(|cx| cx.send(OutputBytes::new(OutputStream::Stdout, vec![b'x'; LENGTH]))),
            arrived: Box::new(move || {
                let length = written.0.lock().unwrap_or_else(PoisonError::into_inner).len();
                ensure!(length == LENGTH, "{length} of {LENGTH} bytes");
                Ok(())
            }),
        }
    }
}

mod lines {
    use super::*;

    driver_laws!(|| Console::new(true));
}

mod bytes {
    use super::*;

    driver_laws!(|| Console::new(false));
}

#[cfg(unix)]
#[path = "laws/terminal.rs"]
mod terminal;
