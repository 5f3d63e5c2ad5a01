//! Requests of handles that change nothing in the program: a look at it now, or a trace from now on.

use std::fmt;
use std::mem;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::StreamExt;
use futures::channel::{mpsc, oneshot};

use crate::panic::guarded_drop;
use crate::trace::Sink;
use crate::{Actions, Counters, Pid, ProcessStatus, Snapshot, VirtualMachine};

/// A request to see something. It does not wait for other requests, so a program that is behind can be looked at.
pub(crate) enum Look {
    Snapshot(oneshot::Sender<Snapshot>),
    Counters(oneshot::Sender<Counters>),
    /// The processes at the ends of these paths.
    Processes(Vec<Vec<Pid>>, oneshot::Sender<Vec<Option<ProcessStatus>>>),
    /// Begins the trace, at the moment of the snapshot.
    Trace(Arc<Sink>, oneshot::Sender<Snapshot>),
    /// Some traces have ended.
    EndTraces,
}

/// The pending looks. They are performed after the program has performed what was requested before them.
#[derive(Debug)]
pub(crate) struct Looks {
    asked: mpsc::Receiver<Look>,
    next: Vec<Look>,
}

impl Looks {
    pub(crate) const fn new(asked: mpsc::Receiver<Look>) -> Self {
        Self { asked, next: Vec::new() }
    }

    /// Performs the looks that were requested before the last call, and collects those requested since. Returns
    /// whether there were any.
    pub(super) fn poll(
        &mut self,
        vm: &mut VirtualMachine,
        outside: &mut Actions,
        cx: &mut Context<'_>,
    ) -> bool {
        let looks = mem::take(&mut self.next);
        let had_any = !looks.is_empty();
        looks.into_iter().for_each(|look| look.take(vm, outside));
        while let Poll::Ready(Some(look)) = self.asked.poll_next_unpin(cx) {
            self.next.push(look);
        }
        had_any || !self.next.is_empty()
    }

    /// Accepts no more looks.
    pub(super) fn close(&mut self) {
        self.asked.close();
    }
}

impl Look {
    fn take(self, vm: &mut VirtualMachine, outside: &mut Actions) {
        match self {
            Self::Snapshot(answer) => tell(answer, || vm.snapshot()),
            Self::Counters(answer) => tell(answer, || vm.counters()),
            Self::Processes(paths, answer) => {
                tell(answer, || paths.iter().map(|path| vm.status(path)).collect());
            }
            Self::Trace(sink, answer) => {
                outside.watch.tracers.add(sink);
                vm.trace_all_as(&outside.watch.tracers);
                tell(answer, || vm.snapshot());
            }
            Self::EndTraces => {
                outside.watch.tracers.tidy();
                vm.trace_all_as(&outside.watch.tracers);
            }
        }
    }
}

/// Sends an answer to a handle. If the handle no longer waits, the look is skipped.
fn tell<T>(answer: oneshot::Sender<T>, look: impl FnOnce() -> T) {
    if answer.is_canceled() {
        return;
    }
    if let Err(told) = answer.send(look()) {
        guarded_drop(told, "an answer to a handle");
    }
}

impl fmt::Debug for Look {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Look(..)")
    }
}
