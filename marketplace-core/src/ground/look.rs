//! What handles ask to see of the program, which changes nothing in it: a look now, or a trace from now on.

use std::fmt;
use std::mem;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::StreamExt;
use futures::channel::{mpsc, oneshot};

use crate::panic::guarded_drop;
use crate::trace::Sink;
use crate::{Actions, Counters, Pid, ProcessStatus, Snapshot, VirtualMachine};

/// What a handle asks to see. It waits for no other request: a program that is behind is looked at, too.
pub(crate) enum Look {
    Snapshot(oneshot::Sender<Snapshot>),
    Counters(oneshot::Sender<Counters>),
    /// The processes at the ends of these paths.
    Processes(Vec<Vec<Pid>>, oneshot::Sender<Vec<Option<ProcessStatus>>>),
    /// The trace begins, at the moment of the snapshot.
    Trace(Arc<Sink>, oneshot::Sender<Snapshot>),
    /// Some traces are over.
    EndTraces,
}

/// The looks asked for, which are taken once the program has done what was asked for before.
#[derive(Debug)]
pub(crate) struct Looks {
    asked: mpsc::Receiver<Look>,
    next: Vec<Look>,
}

impl Looks {
    pub(crate) const fn new(asked: mpsc::Receiver<Look>) -> Self {
        Self { asked, next: Vec::new() }
    }

    /// Takes the looks that were asked for when this was called last, and notes those asked for since; whether there
    /// was any.
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

    /// Takes no more of them.
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

/// Answers a handle. It may have stopped waiting, and then nothing is looked at.
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
