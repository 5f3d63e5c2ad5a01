//! A `tracing` subscriber that records what it receives.

use std::fmt::{Debug, Write as _};
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// The log of a thread, from a level on. Clones share it.
#[derive(Clone)]
pub(crate) struct Capture {
    level: Level,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    /// By span number, from 1: the names of the span and its parents, and how many handles to it there are.
    spans: Vec<(String, usize)>,
    /// The entered spans, in order.
    entered: Vec<usize>,
    lines: Vec<String>,
}

impl Capture {
    pub(crate) fn new(level: Level) -> Self {
        Self { level, seen: Arc::default() }
    }

    /// Runs something, and captures what it logs.
    pub(crate) fn during<T>(&self, work: impl FnOnce() -> T) -> T {
        tracing::subscriber::with_default(self.clone(), work)
    }

    /// The lines since the last call: `LEVEL spans: message, field=value`.
    pub(crate) fn take(&self) -> Vec<String> {
        mem::take(&mut self.seen().lines)
    }

    /// The spans that are open.
    pub(crate) fn open(&self) -> Vec<String> {
        let seen = self.seen();
        seen.spans.iter().filter(|(_, held)| *held > 0).map(|(name, _)| name.clone()).collect()
    }

    /// How many spans are entered.
    pub(crate) fn entered(&self) -> usize {
        self.seen().entered.len()
    }

    /// How many spans have been created.
    pub(crate) fn made(&self) -> usize {
        self.seen().spans.len()
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Subscriber for Capture {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= self.level
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let mut seen = self.seen();
        let parent = match attributes.parent() {
            Some(parent) => Some(parent.into_u64() as usize),
            None if attributes.is_contextual() => seen.entered.last().copied(),
            None => None,
        };
        let around = parent.map(|parent| format!("{} > ", seen.spans[parent - 1].0)).unwrap_or_default();
        let mut name = around + attributes.metadata().name() + " {";
        attributes.record(&mut Text(&mut name));
        name.push('}');
        seen.spans.push((name, 1));
        Id::from_u64(seen.spans.len() as u64)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut seen = self.seen();
        let mut line = format!("{}", event.metadata().level());
        if let Some(span) = seen.entered.last() {
            write!(line, " {}", seen.spans[*span - 1].0).expect("a string takes all");
        }
        line.push(':');
        event.record(&mut Text(&mut line));
        seen.lines.push(line);
    }

    fn enter(&self, span: &Id) {
        self.seen().entered.push(span.into_u64() as usize);
    }

    fn exit(&self, span: &Id) {
        let mut seen = self.seen();
        // A panic would be caught, so the failure is recorded as a line.
        if seen.entered.pop() != Some(span.into_u64() as usize) {
            seen.lines.push("Nesting".into());
        }
    }

    fn clone_span(&self, id: &Id) -> Id {
        self.seen().spans[id.into_u64() as usize - 1].1 += 1;
        id.clone()
    }

    fn try_close(&self, id: Id) -> bool {
        let mut seen = self.seen();
        let held = &mut seen.spans[id.into_u64() as usize - 1].1;
        *held -= 1;
        *held == 0
    }
}

struct Text<'a>(&'a mut String);

impl Visit for Text<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        match field.name() {
            "message" => write!(self.0, " {value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        }
        .expect("a string takes all");
    }
}
