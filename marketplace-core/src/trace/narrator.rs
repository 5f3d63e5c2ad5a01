//! The events of a trace as lines of plain English.

use super::TraceEvent;
use super::known::Known;
use super::line::Line;
use super::sentence::Sentence;
use crate::{Event, Pid, Snapshot};

/// Makes lines from events.
#[derive(Debug)]
pub(super) struct Narrator {
    known: Known,
    /// The largest length of a line, in bytes.
    width: usize,
    is_verbose: bool,
}

impl Narrator {
    pub(super) fn new(width: usize) -> Self {
        Self { known: Known::new(width), width, is_verbose: false }
    }

    /// From now on, makes a line for each event.
    pub(super) const fn be_verbose(&mut self) {
        self.is_verbose = true;
    }

    /// Learns the names of what existed before the first event.
    pub(super) fn learn(&mut self, snapshot: &Snapshot) {
        self.known.learn_vm(&mut Vec::new(), snapshot);
    }

    /// The line for an event, if it is to have one.
    pub(super) fn line(&mut self, vm: &[Pid], event: &TraceEvent<'_>) -> Option<Box<str>> {
        self.known.learn(vm, event);
        let line = (self.is_verbose || deserves_line(event)).then(|| {
            let sentence = Sentence { known: &self.known, vm, event };
            Line::written(self.width, |line| sentence.write(line))
        });
        self.known.forget(vm, event);
        line
    }
}

/// Whether an event has a line even if not every event is to have one. A turn has one if no other line says why it is
/// taken.
const fn deserves_line(event: &TraceEvent<'_>) -> bool {
    match event {
        TraceEvent::TurnBegan { cause: Some(cause), .. } => matches!(
            cause,
            Event::Settled { .. } | Event::Spawned { .. } | Event::Ended { .. } | Event::Completed { .. }
        ),
        TraceEvent::TurnBegan { .. } | TraceEvent::TurnEnded { .. } | TraceEvent::MessageReceived { .. } => {
            false
        }
        _ => true,
    }
}
