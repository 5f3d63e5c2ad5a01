//! Spans: they say in each log line which process wrote it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tracing::{Span, info_span};

use super::tree::Tree;
use super::{Trace, TraceEvent};
use crate::Pid;

/// A [`Trace`] that makes a `tracing` span for each process, so that each log line says which process wrote it.
///
/// The span has the level `INFO` and the fields `pid`, `name` (if the process has one) and `vm` (the VMs that lead to
/// the process, if it is in a nested one). It is entered for each turn, so it contains what a handler logs. It is
/// closed when the process leaves. Its parent is the span of the VM that contains the process. At the ground, its
/// parent is the span that is current when the process takes its first turn. Each ground needs its own instance.
///
/// # Examples
///
/// ```
/// use marketplace_core::{Ground, Spans, Spawn};
///
/// # fn main() -> anyhow::Result<()> {
/// let speaker = Spawn::new((), |(), _| tracing::info!("hello")).named("speaker");
/// let program = Ground::new().with_trace(Spans::new()).spawn(Spawn::nested([speaker]).named("room"));
/// // With `tracing_subscriber`: INFO process{pid=Pid(1) name="room"}:process{pid=Pid(0) name="speaker" vm="room"}: hello
/// futures::executor::block_on(program.run())?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct Spans(Mutex<Tree<Option<Span>>>);

impl Spans {
    /// Makes the trace.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn tree(&self) -> MutexGuard<'_, Tree<Option<Span>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The span of a process, made if there is none yet. The lock is not held while the subscriber runs, since a
    /// subscriber may do anything.
    fn span(&self, vm: &[Pid], pid: &Pid, name: Option<&str>) -> Span {
        let mut tree = self.tree();
        if let Some(span) = &tree.note_name(vm, pid, name).about {
            return span.clone();
        }
        let around = tree.get(vm).and_then(|vm| vm.about.clone());
        let mut path = String::new();
        // Writing to a string cannot fail.
        let _infallible = tree.write_path(vm, &mut path);
        drop(tree);
        let span = new_span(around.as_ref(), pid, name, (!vm.is_empty()).then_some(&*path));
        self.tree().entry(vm.iter().chain([pid])).about = Some(span.clone());
        span
    }
}

fn new_span(around: Option<&Span>, pid: &Pid, name: Option<&str>, vm: Option<&str>) -> Span {
    match around {
        Some(around) => info_span!(parent: around, "process", ?pid, name, vm),
        None => info_span!("process", ?pid, name, vm),
    }
}

impl Trace for Spans {
    fn trace(&self, vm: &[Pid], event: &TraceEvent<'_>) {
        match event {
            TraceEvent::TurnBegan { pid, name, .. } => {
                // A guard would have to be kept until the turn ends, which is another call.
                self.span(vm, pid, *name).with_subscriber(|(id, dispatch)| dispatch.enter(id));
            }
            TraceEvent::TurnEnded { pid } => {
                let span = self.tree().get(vm.iter().chain([*pid])).and_then(|process| process.about.clone());
                span.unwrap_or_else(Span::none).with_subscriber(|(id, dispatch)| dispatch.exit(id));
            }
            TraceEvent::ProcessLeft { pid, .. } => {
                let left = self.tree().remove(vm, pid);
                drop(left);
            }
            _ => {}
        }
    }
}
