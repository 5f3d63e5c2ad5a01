//! Collects what the VM logs: a subscriber that formats everything.

use std::fmt::{self, Write};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Event, Metadata, Subscriber};

/// Two more subscribers. While there are several, `tracing` does not cache one thread's lack of interest for the
/// others.
static KEPT: LazyLock<[Dispatch; 2]> =
    LazyLock::new(|| [(); 2].map(|()| Dispatch::new(Collector::default())));

/// Runs something. Returns its result and the lines that were logged meanwhile, at every level.
pub(crate) fn with_traces<R>(work: impl FnOnce() -> R) -> (R, Vec<String>) {
    LazyLock::force(&KEPT);
    let lines = Arc::default();
    let result = tracing::subscriber::with_default(Collector(Arc::clone(&lines)), work);
    let lines = lines.lock().unwrap_or_else(PoisonError::into_inner).clone();
    (result, lines)
}

#[derive(Default)]
struct Collector(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a `String` never fails.
        let _infallible = write!(self.0, "{field}={value:?} ");
    }
}

impl Subscriber for Collector {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
