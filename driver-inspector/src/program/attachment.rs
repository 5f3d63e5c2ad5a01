//! Whether everything is told, and since when: what of a buffer is to be heard.

use std::collections::HashSet;

use marketplace_core::{Pid, TraceGuard};

use crate::buffer::{Entry, TracedEvent};
use crate::frame::Number;

/// How many entries may wait for a snapshot.
const WAITING: usize = 200_000;

/// The trace that tells everything, while a page is open.
#[derive(Debug, Default)]
pub(crate) struct TraceAttachment {
    guard: Option<TraceGuard>,
    /// Whether something is known by it, or by the one before it.
    has_told: bool,
    /// The number of the trace that is heard.
    generation: u64,
    awaited: Option<AwaitedSnapshot>,
}

/// A snapshot that has been asked for: what is told meanwhile may be from before it or from after it.
#[derive(Debug)]
struct AwaitedSnapshot {
    /// The number of whoever is the first to start since.
    since: Number,
    left: HashSet<Pid>,
    /// What the trace has told, all of which is from after the snapshot.
    entries: Vec<Entry>,
    /// Whether the trace is wanted still.
    is_wanted: bool,
}

/// What there is beside a snapshot that has come.
#[derive(Debug, Default)]
pub(crate) struct ArrivedSnapshot {
    /// The number of whoever was the first to start since it was asked for, and those who have left.
    pub(crate) since: Number,
    pub(crate) left: HashSet<Pid>,
    /// Whether everything is told from its moment on, and what that has been until now.
    pub(crate) is_on: bool,
    pub(crate) entries: Vec<Entry>,
}

impl TraceAttachment {
    pub(crate) const fn is_on(&self) -> bool {
        self.guard.is_some()
    }

    pub(crate) const fn is_awaited(&self) -> bool {
        self.awaited.is_some()
    }

    /// A snapshot is asked for, with a trace that begins at its moment, if one is wanted: of which generation.
    pub(crate) fn ask(&mut self, since: Number, is_wanted: bool) -> u64 {
        self.guard = None;
        self.generation += 1;
        let (left, entries) = (HashSet::new(), Vec::new());
        self.awaited = Some(AwaitedSnapshot { since, left, entries, is_wanted });
        self.generation
    }

    /// Whether it is wanted; whether what is known by it is to be forgotten.
    pub(crate) fn want(&mut self, is_wanted: bool) -> bool {
        if let Some(awaited) = &mut self.awaited {
            awaited.is_wanted = is_wanted;
        }
        if is_wanted {
            return false;
        }
        self.generation += u64::from(self.guard.take().is_some());
        std::mem::take(&mut self.has_told)
    }

    /// Sorts out what is to be followed now; whether something is lost, since too much waits.
    pub(crate) fn hear(&mut self, entries: Vec<Entry>) -> (Vec<Entry>, bool) {
        let Self { generation, awaited, .. } = self;
        let (mut heard, mut has_lost) = (Vec::with_capacity(entries.len()), false);
        for entry in entries {
            if let Some(awaited) = awaited {
                if entry.generation == *generation {
                    has_lost |= awaited.entries.len() >= WAITING;
                    if !has_lost {
                        awaited.entries.push(entry);
                    }
                    continue;
                }
                if let TracedEvent::Left { pid, .. } = &entry.event {
                    awaited.left.insert(pid.clone());
                }
            }
            if entry.generation == 0 || entry.generation == *generation {
                heard.push(entry);
            }
        }
        (heard, has_lost)
    }

    /// The snapshot has come. What is to be followed once that is learnt, if the trace is wanted still.
    pub(crate) fn attach(&mut self, guard: Option<TraceGuard>) -> ArrivedSnapshot {
        let Some(AwaitedSnapshot { since, left, entries, is_wanted }) = self.awaited.take() else {
            return ArrivedSnapshot::default();
        };
        self.guard = guard.filter(|_| is_wanted);
        let is_on = self.is_on();
        self.has_told |= is_on;
        self.generation += u64::from(!is_on);
        ArrivedSnapshot { since, left, is_on, entries: if is_on { entries } else { Vec::new() } }
    }
}
