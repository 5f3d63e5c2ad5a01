//! The flight recorder: the last events, told when something fails.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::error;

use super::narrator::Narrator;
use super::output::Output;
use super::{Trace, TraceEvent};
use crate::{Pid, Snapshot};

/// How long a line may get, in bytes.
const WIDTH: usize = 256;

/// A [`Trace`] that keeps the last events, and prints them when a process fails or leaves with an error; so also when the
/// main process does. What it has printed already it does not print again.
///
/// Each event is kept as a line, as a [`Spy`](crate::Spy) writes it, cut off after some 250 bytes. So no message lives
/// longer because it is recorded, and what is kept is bounded whatever the messages are; the price is that users' `Debug`
/// runs at each event, until the line is full.
///
/// A clone is the same recorder, for whoever is to [`dump`](Self::dump) it.
///
/// # Examples
///
/// ```
/// use futures::executor::block_on;
/// use marketplace_core::{FlightRecorder, Ground, Spawn};
///
/// # fn main() {
/// let recorder = FlightRecorder::new(1000);
/// let pilot = Spawn::new((), |(), _| anyhow::bail!("no fuel")).named("pilot");
/// let program = Ground::new().with_trace(recorder.clone()).main(pilot);
/// assert!(block_on(program.run()).is_err());
/// assert!(recorder.dump().contains("pilot Pid(1): fails: no fuel"));
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct FlightRecorder {
    recording: Arc<Mutex<Recording>>,
    output: Arc<Output>,
}

#[derive(Debug)]
struct Recording {
    narrator: Narrator,
    lines: VecDeque<Box<str>>,
    capacity: usize,
    /// How many events there were since it was printed last.
    new: usize,
}

impl FlightRecorder {
    /// Keeps the last `capacity` events, and prints them to the log: as one event of `tracing`, at the level `ERROR`.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        let recording =
            Recording { narrator: Narrator::new(WIDTH), lines: VecDeque::new(), capacity, new: 0 };
        Self { recording: Arc::new(Mutex::new(recording)), output: Arc::new(Output::Log) }
    }

    /// The same, but prints to a writer. If that fails, the log is told, and nothing more is printed.
    #[must_use]
    pub fn to(self, writer: impl Write + Send + 'static) -> Self {
        Self { output: Arc::new(Output::writer(writer)), ..self }
    }

    /// Learns the names of those who were there before the recorder was.
    pub fn learn(&self, snapshot: &Snapshot) {
        self.recording().narrator.learn(snapshot);
    }

    /// The events that are kept, printed or not, a line each.
    #[must_use]
    pub fn dump(&self) -> String {
        let recording = self.recording();
        recording.lines.iter().fold(String::new(), |mut dump, line| {
            dump.push_str(line);
            dump.push('\n');
            dump
        })
    }

    fn recording(&self) -> MutexGuard<'_, Recording> {
        self.recording.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Trace for FlightRecorder {
    fn trace(&self, vm: &[Pid], event: &TraceEvent<'_>) {
        let mut recording = self.recording();
        recording.add(vm, event);
        // One that fails is leaving next.
        let TraceEvent::ProcessLeaving { reason, .. } = event else { return };
        if reason.as_error().is_none() {
            return;
        }
        let report = recording.report();
        // Whoever reads the log may want a dump.
        drop(recording);
        self.output.write(&report, |report| error!("{report}"));
    }
}

impl Recording {
    fn add(&mut self, vm: &[Pid], event: &TraceEvent<'_>) {
        let Some(line) = self.narrator.line(vm, event) else { return };
        self.lines.push_back(line);
        self.new += 1;
        if self.lines.len() > self.capacity {
            self.lines.pop_front();
        }
    }

    /// What is new since this was asked for last.
    fn report(&mut self) -> String {
        let new = std::mem::take(&mut self.new);
        let kept = new.min(self.lines.len());
        let mut report =
            format!("a process leaves with an error; the last {kept} of {new} events since the last report:");
        for line in self.lines.iter().skip(self.lines.len() - kept) {
            // To a string.
            let _infallible = write!(report, "\n  {line}");
        }
        report
    }
}
