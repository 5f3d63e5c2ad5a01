//! The spy: what happens, as lines to read.

use std::io::Write;
use std::sync::{Mutex, PoisonError};

use tracing::info;

use super::narrator::Narrator;
use super::output::Output;
use super::{Trace, TraceEvent};
use crate::{Pid, Snapshot};

/// How long a line may get, in bytes.
const WIDTH: usize = 1024;

/// A [`Trace`] that writes what happens, a line for each event:
///
/// ```text
/// room/doorkeeper Pid(3): sends as publisher: Line("hi")
/// room/doorkeeper Pid(3): what it sent as publisher is dropped, nobody takes it: Line("hi")
/// ```
///
/// A process is named by the VMs that lead to it, its name and its Pid; an endpoint by its name and role. It remembers
/// those that there are, so each ground needs a spy of its own. One that comes late is told by [`learn`](Self::learn)
/// who was there before.
///
/// Users' `Debug` and errors' `Display` run, and may panic: the line says so. A line is cut off after some 1,000 bytes.
/// A writer that blocks holds up the program.
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
/// Late, and shared:
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
    /// Writes to a writer. If that fails, the log is told, and the spy writes nothing more.
    #[must_use]
    pub fn to(writer: impl Write + Send + 'static) -> Self {
        Self::new(Output::writer(writer))
    }

    /// Writes to the log: events of `tracing` at the level `INFO`.
    #[must_use]
    pub fn to_log() -> Self {
        Self::new(Output::Log)
    }

    fn new(output: Output) -> Self {
        Self { narrator: Mutex::new(Narrator::new(WIDTH)), output }
    }

    /// The same with a line for each turn's beginning and end, and for each message that is taken. Without this, those
    /// turns have none of which another line tells why they are taken.
    #[must_use]
    pub fn verbose(mut self) -> Self {
        self.narrator.get_mut().unwrap_or_else(PoisonError::into_inner).be_verbose();
        self
    }

    /// Learns the names of those who were there before the spy was.
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
