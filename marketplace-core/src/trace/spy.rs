//! The spy: what happens in a program, as lines to read.

use std::io::Write;
use std::sync::{Mutex, PoisonError};

use tracing::info;

use super::narrator::Narrator;
use super::output::Output;
use super::{Trace, TraceEvent};
use crate::{Pid, Snapshot};

/// The largest length of a line, in bytes.
const WIDTH: usize = 1024;

/// A [`Trace`] that writes a line for each event, to a writer or to the log:
///
/// ```text
/// room/doorkeeper Pid(3): sends as publisher: Line("hi")
/// room/doorkeeper Pid(3): the message that it sent as publisher is dropped, no participant received it: Line("hi")
/// ```
///
/// A process is shown by the VMs that lead to it, its name and its Pid. An endpoint is shown by its name and role.
/// The spy remembers all processes and endpoints that exist, so each ground needs its own spy. If a spy is added to a
/// running program, call [`learn`](Self::learn) to give it the names of those that exist already.
///
/// Users' `Debug` and errors' `Display` run. If they panic, the line says so. A line is cut off after about 1,000
/// bytes. A writer that blocks holds up the program.
///
/// # Examples
///
/// ```
/// use marketplace_core::{Ground, Message, Spawn, Spy};
///
/// #[derive(Debug, Message)]
/// struct Word(&'static str);
///
/// # fn main() -> anyhow::Result<()> {
/// let speaker = Spawn::new((), |(), cx| cx.send(Word("hello"))).named("speaker");
/// let program = Ground::new().with_trace(Spy::to(std::io::stderr())).spawn(speaker);
/// futures::executor::block_on(program.run())?;
/// # Ok(())
/// # }
/// ```
///
/// A spy that is added while the program runs:
///
/// ```
/// use std::sync::Arc;
///
/// use futures::{executor::block_on, join};
/// use marketplace_core::{Ground, Spy};
///
/// # fn main() -> anyhow::Result<()> {
/// let program = Ground::new();
/// let mut handle = program.handle();
/// let outside = async move {
///     let spy = Arc::new(Spy::to_log());
///     let guard = handle.trace(Arc::clone(&spy)).await?;
///     spy.learn(&guard.snapshot);
///     guard.keep();
///     anyhow::Ok(())
/// };
/// let (ended, spied) = block_on(async { join!(program.run(), outside) });
/// ended?;
/// spied
/// # }
/// ```
#[derive(Debug)]
pub struct Spy {
    narrator: Mutex<Narrator>,
    output: Output,
}

impl Spy {
    /// A spy that writes to `writer`. If writing fails, this is logged, and the spy writes nothing more.
    #[must_use]
    pub fn to(writer: impl Write + Send + 'static) -> Self {
        Self::new(Output::writer(writer))
    }

    /// A spy that writes to the log, as `tracing` events at the level `INFO`.
    #[must_use]
    pub fn to_log() -> Self {
        Self::new(Output::Log)
    }

    fn new(output: Output) -> Self {
        Self { narrator: Mutex::new(Narrator::new(WIDTH)), output }
    }

    /// The same, with additional lines for the beginning and end of each turn, and for each message that is received.
    /// Without this, a turn has a line only if no other line says why it is taken.
    #[must_use]
    pub fn verbose(mut self) -> Self {
        self.narrator.get_mut().unwrap_or_else(PoisonError::into_inner).be_verbose();
        self
    }

    /// Gives the spy the names of the processes and endpoints that existed before it was added.
    pub fn learn(&self, snapshot: &Snapshot) {
        self.narrator.lock().unwrap_or_else(PoisonError::into_inner).learn(snapshot);
    }
}

impl Trace for Spy {
    fn trace(&self, vm: &[Pid], event: &TraceEvent<'_>) {
        if self.output.is_over() {
            return;
        }
        let line = self.narrator.lock().unwrap_or_else(PoisonError::into_inner).line(vm, event);
        if let Some(line) = line {
            self.output.write(&line, |line| info!("{line}"));
        }
    }
}
