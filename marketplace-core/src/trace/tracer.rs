//! Which traces receive the events of a VM, and the path of the VM.

use std::fmt;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tracing::error;

use super::{Trace, TraceEvent, TraceScope};
use crate::Pid;
use crate::counters::Tally;
use crate::loss::Losses;
use crate::panic::{guard, guarded_drop};

/// The counters, warnings and traces of a VM, which it passes on to the VMs inside it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watch {
    pub(crate) tally: Tally,
    pub(crate) losses: Losses,
    pub(crate) tracers: Tracers,
}

/// The traces that receive the events of a VM. There are two lists, so that a trace that wants the lives of processes
/// only costs messages nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tracers {
    /// All traces: they receive the lives of processes. `None` if there is no trace.
    pub(crate) processes: Option<Arc<Tracer>>,
    /// The traces that receive everything else, too.
    pub(crate) everything: Option<Arc<Tracer>>,
}

/// A list of traces, and the path of the VM.
#[derive(Debug)]
pub(crate) struct Tracer {
    sinks: Arc<Vec<Arc<Sink>>>,
    /// The VMs that lead to this one, which is the last.
    path: Arc<[Pid]>,
}

/// A trace, until it is over.
pub(crate) struct Sink {
    trace: Box<dyn Trace>,
    scope: TraceScope,
    is_over: AtomicBool,
    /// Whether the trace has panicked.
    is_broken: AtomicBool,
    /// The number of turns whose beginning it has received, but not yet the end.
    turns: AtomicUsize,
}

impl Tracers {
    /// Adds a trace.
    pub(crate) fn add(&mut self, sink: Arc<Sink>) {
        let sinks = self.sinks().cloned().chain([sink]).collect();
        self.set_sinks(sinks);
    }

    /// Removes the traces that are over.
    pub(crate) fn tidy(&mut self) {
        let sinks = self.sinks().filter(|sink| !sink.is_over.load(Ordering::Acquire)).cloned().collect();
        self.set_sinks(sinks);
    }

    fn sinks(&self) -> impl Iterator<Item = &Arc<Sink>> {
        self.processes.iter().flat_map(|tracer| &*tracer.sinks)
    }

    fn set_sinks(&mut self, all: Vec<Arc<Sink>>) {
        let path = self.processes.as_ref().map(|tracer| Arc::clone(&tracer.path)).unwrap_or_default();
        let everything = all.iter().filter(|sink| sink.scope == TraceScope::Everything).cloned().collect();
        self.everything = Tracer::of(everything, Arc::clone(&path));
        self.processes = Tracer::of(all, path);
    }

    /// The same for a VM inside this one.
    pub(crate) fn inside(&self, vm: &Pid) -> Self {
        let Some(processes) = &self.processes else { return Self::default() };
        let path: Arc<[Pid]> = processes.path.iter().chain([vm]).cloned().collect();
        let inside = |tracer: &Arc<Tracer>| {
            Arc::new(Tracer { sinks: Arc::clone(&tracer.sinks), path: Arc::clone(&path) })
        };
        Self { processes: Some(inside(processes)), everything: self.everything.as_ref().map(inside) }
    }

    /// Whether both have the same traces. The two lists are always made together.
    #[inline]
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (&self.processes, &other.processes) {
            (None, None) => true,
            (Some(one), Some(other)) => Arc::ptr_eq(&one.sinks, &other.sinks),
            _ => false,
        }
    }
}

impl Tracer {
    fn of(sinks: Vec<Arc<Sink>>, path: Arc<[Pid]>) -> Option<Arc<Self>> {
        (!sinks.is_empty()).then(|| Arc::new(Self { sinks: Arc::new(sinks), path }))
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn trace(&self, event: &TraceEvent<'_>) {
        for sink in &*self.sinks {
            if !sink.wants(event) {
                continue;
            }
            if let Err(error) = guard(|| sink.trace.trace(&self.path, event)) {
                sink.is_broken.store(true, Ordering::Relaxed);
                error!(%error, "a trace panicked, and receives no more events");
            }
        }
    }
}

impl Sink {
    pub(crate) fn new(trace: impl Trace) -> Arc<Self> {
        Arc::new(Self {
            scope: trace.scope(),
            trace: Box::new(trace),
            is_over: false.into(),
            is_broken: false.into(),
            turns: 0.into(),
        })
    }

    /// Whether the trace receives this event. A trace that is over still receives the ends of the turns whose
    /// beginnings it has received.
    fn wants(&self, event: &TraceEvent<'_>) -> bool {
        let turns = self.turns.load(Ordering::Relaxed);
        let wants = turns > 0 || !self.is_over.load(Ordering::Acquire);
        match event {
            TraceEvent::TurnBegan { .. } if wants => self.turns.store(turns + 1, Ordering::Relaxed),
            TraceEvent::TurnEnded { .. } if wants => {
                self.turns.store(turns.saturating_sub(1), Ordering::Relaxed)
            }
            _ => {}
        }
        wants && !self.is_broken.load(Ordering::Relaxed)
    }

    /// Ends the trace: it receives nothing more, after the end of the current turn.
    pub(crate) fn end(&self) {
        self.is_over.store(true, Ordering::Release);
    }
}

/// Takes the place of a trace that is being dropped.
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
