//! What a trace is told, line by line in plain English.

use super::TraceEvent;
use super::known::Known;
use super::line::Line;
use super::sentence::Sentence;
use crate::{Event, Pid, Snapshot};

/// Makes lines of what a trace is told.
#[derive(Debug)]
pub(super) struct Narrator {
    known: Known,
    /// How long a line may get, in bytes.
    width: usize,
    is_verbose: bool,
}

impl Narrator {
    pub(super) fn new(width: usize) -> Self {
        Self { known: Known::new(width), width, is_verbose: false }
    }

    /// Has a line made of each event.
    pub(super) const fn be_verbose(&mut self) {
        self.is_verbose = true;
    }

    /// Learns who was there before the first event.
    pub(super) fn learn(&mut self, snapshot: &Snapshot) {
        self.known.learn_vm(&mut Vec::new(), snapshot);
    }

    /// The line about an event, if it deserves one.
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

/// Whether an event has a line for those, too, who do not want one of each. A turn has one where no other line tells why
/// it is taken.
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
