//! Who is told what happens in a VM, and where that is.

use std::fmt;
use std::mem;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tracing::error;

use super::{Trace, TraceEvent};
use crate::Pid;
use crate::counters::Tally;
use crate::loss::Losses;
use crate::panic::{guard, guarded_drop};

/// What a VM is watched by, and lends to those inside it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watch {
    pub(crate) tally: Tally,
    pub(crate) losses: Losses,
    /// Nothing while nobody is told anything.
    pub(crate) tracer: Option<Arc<Tracer>>,
}

/// Those who are told what happens in a VM.
#[derive(Debug)]
pub(crate) struct Tracer {
    sinks: Arc<Vec<Arc<Sink>>>,
    /// The VMs that lead to this one, itself the last.
    path: Vec<Pid>,
}

/// Somebody who is told, until it is over.
pub(crate) struct Sink {
    trace: Box<dyn Trace>,
    is_over: AtomicBool,
    /// Whether it has panicked.
    is_broken: AtomicBool,
    /// How many turns it was told the beginning of and not yet the end.
    turns: AtomicUsize,
}

impl Watch {
    /// Adds somebody to those who are told.
    pub(crate) fn add(&mut self, sink: Arc<Sink>) {
        let sinks = self.tracer.iter().flat_map(|tracer| &*tracer.sinks).cloned().chain([sink]);
        self.trace(sinks.collect());
    }

    /// Forgets those for whom it is over.
    pub(crate) fn tidy(&mut self) {
        let sinks = self.tracer.iter().flat_map(|tracer| &*tracer.sinks);
        let sinks = sinks.filter(|sink| !sink.is_over.load(Ordering::Acquire)).cloned();
        self.trace(sinks.collect());
    }

    fn trace(&mut self, sinks: Vec<Arc<Sink>>) {
        let path = self.tracer.as_ref().map(|tracer| tracer.path.clone()).unwrap_or_default();
        self.tracer = (!sinks.is_empty()).then(|| Arc::new(Tracer { sinks: Arc::new(sinks), path }));
    }
}

impl Tracer {
    /// The same for a VM inside this one.
    pub(crate) fn inside(&self, vm: &Pid) -> Arc<Self> {
        let path = self.path.iter().chain([vm]).cloned().collect();
        Arc::new(Self { sinks: Arc::clone(&self.sinks), path })
    }

    /// Whether the same are told.
    #[inline]
    pub(crate) fn is_same(one: Option<&Self>, other: Option<&Self>) -> bool {
        match (one, other) {
            (None, None) => true,
            (Some(one), Some(other)) => ptr::eq(&*one.sinks, &*other.sinks),
            _ => false,
        }
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn tell(&self, event: &TraceEvent<'_>) {
        for sink in &*self.sinks {
            if !sink.is_told(event) {
                continue;
            }
            if let Err(error) = guard(|| sink.trace.trace(&self.path, event)) {
                sink.is_broken.store(true, Ordering::Relaxed);
                error!(%error, "a trace panicked, and is told nothing more");
            }
        }
    }
}

impl Sink {
    pub(crate) fn new(trace: impl Trace) -> Arc<Self> {
        Arc::new(Self {
            trace: Box::new(trace),
            is_over: false.into(),
            is_broken: false.into(),
            turns: 0.into(),
        })
    }

    /// Whether it is to be told of this event: also after it is over, until the turns end whose beginning it was told.
    fn is_told(&self, event: &TraceEvent<'_>) -> bool {
        let turns = self.turns.load(Ordering::Relaxed);
        let is_told = turns > 0 || !self.is_over.load(Ordering::Acquire);
        match event {
            TraceEvent::TurnBegan { .. } if is_told => self.turns.store(turns + 1, Ordering::Relaxed),
            TraceEvent::TurnEnded { .. } if is_told => {
                self.turns.store(turns.saturating_sub(1), Ordering::Relaxed)
            }
            _ => {}
        }
        is_told && !self.is_broken.load(Ordering::Relaxed)
    }

    /// It is told nothing more, once the turn is over that is taken now.
    pub(crate) fn end(&self) {
        self.is_over.store(true, Ordering::Release);
    }
}

/// Stands where a trace was.
struct Nobody;

impl Trace for Nobody {
    fn trace(&self, _: &[Pid], _: &TraceEvent<'_>) {}
}

impl Drop for Sink {
    fn drop(&mut self) {
        guarded_drop(mem::replace(&mut self.trace, Box::new(Nobody)), "a trace");
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sink(..)")
    }
}
