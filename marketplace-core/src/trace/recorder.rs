//! The flight recorder: it keeps the last events, and prints them when a process fails.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::error;

use super::narrator::Narrator;
use super::output::Output;
use super::{Trace, TraceEvent};
use crate::{Pid, Snapshot};

/// The largest length of a line, in bytes.
const WIDTH: usize = 256;

/// A [`Trace`] that keeps the last events, and prints them when a process fails or leaves with an error. This
/// includes the main process. Events that it has printed already are not printed again.
///
/// Each event is kept as a line, in the form in which a [`Spy`](crate::Spy) writes it, cut off after about 250 bytes.
/// So recording does not keep messages alive, and the memory is bounded whatever the messages are. In return, users'
/// `Debug` runs at each event, until the line is full.
///
/// A clone is the same recorder. Keep one to call [`dump`](Self::dump).
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
    /// How many events there were since the last report.
    new: usize,
}

impl FlightRecorder {
    /// Keeps the last `capacity` events, and prints them to the log, as one `tracing` event at the level `ERROR`.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        let recording =
            Recording { narrator: Narrator::new(WIDTH), lines: VecDeque::new(), capacity, new: 0 };
        Self { recording: Arc::new(Mutex::new(recording)), output: Arc::new(Output::Log) }
    }

    /// The same, but prints to a writer. If writing fails, this is logged, and nothing more is printed.
    #[must_use]
    pub fn to(self, writer: impl Write + Send + 'static) -> Self {
        Self { output: Arc::new(Output::writer(writer)), ..self }
    }

    /// Gives the recorder the names of the processes and endpoints that existed before it was added.
    pub fn learn(&self, snapshot: &Snapshot) {
        self.recording().narrator.learn(snapshot);
    }

    /// The events that are kept, whether they have been printed or not, with one line for each.
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
        // A process that fails leaves next.
        let TraceEvent::ProcessLeaving { reason, .. } = event else { return };
        if reason.as_error().is_none() {
            return;
        }
        let report = recording.report();
        // The code that handles the log may call `dump`.
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

    /// The events since the last report.
    fn report(&mut self) -> String {
        let new = std::mem::take(&mut self.new);
        let kept = new.min(self.lines.len());
        let mut report =
            format!("a process leaves with an error; the last {kept} of {new} events since the last report:");
        for line in self.lines.iter().skip(self.lines.len() - kept) {
            // Writing to a string cannot fail.
            let _infallible = write!(report, "\n  {line}");
        }
        report
    }
}
