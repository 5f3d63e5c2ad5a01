//! The full trace of a program: whether it is on, and which entries of a buffer belong to it.
//!
//! A trace starts at the moment of a snapshot. Its entries may arrive before the snapshot does, and wait for it.

use std::collections::HashSet;

use marketplace_core::{Pid, TraceGuard};

use crate::buffer::{Entry, TracedEvent};
use crate::frame::Number;

/// The most entries that may wait for a snapshot.
const WAITING: usize = 200_000;

/// The full trace, which is on while a page is open.
#[derive(Debug, Default)]
pub(crate) struct TraceAttachment {
    guard: Option<TraceGuard>,
    /// Whether endpoints are known from this trace or the one before.
    has_told: bool,
    /// The number of the current trace. Entries of older ones are ignored.
    generation: u64,
    awaited: Option<AwaitedSnapshot>,
}

/// A snapshot that was requested. Entries that arrive meanwhile may be older or newer than the snapshot.
#[derive(Debug)]
struct AwaitedSnapshot {
    /// The number that the next process to start will have. Processes with lower numbers may be missing in the snapshot
    /// only because they have left.
    since: Number,
    left: HashSet<Pid>,
    /// The entries of the new trace. All of them are newer than the snapshot.
    entries: Vec<Entry>,
    /// Whether the trace is still wanted.
    is_wanted: bool,
}

/// What belongs to a snapshot that has arrived.
#[derive(Debug, Default)]
pub(crate) struct ArrivedSnapshot {
    /// The number that the next process to start had when the snapshot was requested; the processes that have left since.
    pub(crate) since: Number,
    pub(crate) left: HashSet<Pid>,
    /// Whether the full trace is on since the snapshot, and its entries until now.
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

    /// Notes that a snapshot is requested, with a trace if one is wanted. Returns the generation of that trace.
    pub(crate) fn ask(&mut self, since: Number, is_wanted: bool) -> u64 {
        self.guard = None;
        self.generation += 1;
        let (left, entries) = (HashSet::new(), Vec::new());
        self.awaited = Some(AwaitedSnapshot { since, left, entries, is_wanted });
        self.generation
    }

    /// Sets whether the trace is wanted. Returns whether the endpoints known from it must be forgotten.
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

    /// The entries that can be handled now. Also returns whether entries were lost because too many wait.
    pub(crate) fn sort(&mut self, entries: Vec<Entry>) -> (Vec<Entry>, bool) {
        let Self { generation, awaited, .. } = self;
        let (mut entries_to_apply, mut has_lost) = (Vec::with_capacity(entries.len()), false);
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
                entries_to_apply.push(entry);
            }
        }
        (entries_to_apply, has_lost)
    }

    /// Notes that the snapshot has arrived, and starts the trace if it is still wanted.
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
