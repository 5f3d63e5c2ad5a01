//! An inspected program: when it is sent which request, and what becomes of the answers and of its buffer.

mod attachment;
mod counter;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use marketplace_core::{Counters, Handle, ProcessStatus, Reason, Snapshot, Trace, TraceGuard};

use crate::buffer::{Batch, Entry, ProcessTrace, Reader, TraceBuffer};
use crate::frame::{Number, State};
use crate::hidden_values::HiddenValues;
use crate::panic::discard;
use crate::request::{Answer, ProgramRequest};
use crate::text;
use crate::tree::{LateSnapshot, ProcessTree, REASON};

use attachment::{ArrivedSnapshot, TraceAttachment};
use counter::Counter;

/// How often the status of the processes that pages show is requested.
const SIGHT: Duration = Duration::from_millis(500);
/// After entries were lost, a snapshot of the program is requested. Snapshots are at least this long apart for each
/// `RECOVERED` processes, because a snapshot takes time in their number.
const RECOVERY: Duration = Duration::from_secs(1);
const RECOVERED: usize = 20_000;

/// A ground to inspect: made before the ground runs, and handed to the inspector's thread when the ground starts.
#[derive(Debug)]
pub(crate) struct Watched {
    buffer: Reader,
    /// A weak handle, which does not keep the ground running.
    handle: Handle,
}

#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) ground: Number,
    pub(crate) buffer: Reader,
    pub(crate) handle: Handle,
    pub(crate) counting: Counter,
    /// `Some` if the program has ended, with the error if it failed.
    pub(crate) ended: Option<Option<String>>,
    attached: TraceAttachment,
    /// When the status of processes, and when a snapshot, was last requested.
    sighted: Option<Instant>,
    recovered: Option<Instant>,
    awaits_sight: bool,
    /// Whether entries were lost since the last snapshot.
    has_lost: bool,
    awaits_end: bool,
}

impl Watched {
    /// The ground with this handle. Give the trace to [`Ground::with_trace`](marketplace_core::Ground::with_trace).
    pub(crate) fn new(handle: &Handle, hidden_values: &Arc<HiddenValues>) -> (Self, impl Trace + use<>) {
        Self::on(TraceBuffer::new(Arc::clone(hidden_values)), handle)
    }

    /// The same, with an existing buffer.
    pub(crate) fn on(buffer: Arc<TraceBuffer>, handle: &Handle) -> (Self, impl Trace + use<>) {
        (Self { buffer: Reader::new(Arc::clone(&buffer)), handle: handle.weak() }, ProcessTrace(buffer))
    }
}

impl Program {
    pub(crate) fn new(ground: Number, watched: Watched, now: Instant) -> Self {
        Self {
            ground,
            buffer: watched.buffer,
            handle: watched.handle,
            counting: Counter::new(now),
            ended: None,
            attached: TraceAttachment::default(),
            sighted: None,
            recovered: None,
            awaits_sight: false,
            has_lost: false,
            awaits_end: false,
        }
    }

    /// The requests that are due. `visible` returns the processes that some page shows.
    pub(crate) fn due(
        &mut self,
        now: Instant,
        tree: &ProcessTree,
        is_watched: bool,
        visible: impl FnOnce() -> HashSet<Number>,
    ) -> Vec<ProgramRequest> {
        let mut due = Vec::new();
        if self.ended.is_some() {
            return due;
        }
        if !std::mem::replace(&mut self.awaits_end, true) {
            due.push(ProgramRequest::End);
        }
        if self.counting.is_due(now) {
            due.push(ProgramRequest::Counters);
        }
        due.extend(self.due_trace(now, tree, is_watched));
        if is_watched && !self.awaits_sight && is_over(self.sighted, now, SIGHT) {
            let mine = visible().into_iter().filter(|number| tree.ground_of(*number) == self.ground);
            let mine =
                mine.filter(|number| tree.get(*number).is_some_and(|it| it.pid.is_some() && !it.is_gone()));
            let wanted: Vec<_> = mine.map(|number| (number, tree.path(number))).collect();
            if !wanted.is_empty() {
                (self.sighted, self.awaits_sight) = (Some(now), true);
                due.push(ProgramRequest::Processes(wanted));
            }
        }
        due
    }

    /// A request for a trace if a page is open, or for a snapshot if entries were lost.
    fn due_trace(&mut self, now: Instant, tree: &ProcessTree, is_watched: bool) -> Option<ProgramRequest> {
        let is_due = match is_watched {
            true => !self.attached.is_on() || self.has_lost,
            false => self.has_lost || self.recovered.is_none(),
        };
        let processes = self.counting.counters().processes;
        let recovery = RECOVERY * u32::try_from(1 + processes / RECOVERED).unwrap_or(u32::MAX);
        let is_early = self.has_lost && !is_over(self.recovered, now, recovery);
        if !is_due || is_early || self.attached.is_awaited() {
            return None;
        }
        (self.recovered, self.has_lost) = (Some(now), false);
        let generation = self.attached.ask(tree.next_number(), is_watched);
        self.buffer.forget_in_flight();
        Some(match is_watched {
            true => ProgramRequest::Trace(Arc::clone(&self.buffer), generation),
            false => ProgramRequest::Snapshot,
        })
    }

    /// Sets whether some page is open. If none is, the full trace ends.
    pub(crate) fn want(&mut self, tree: &mut ProcessTree, is_watched: bool) {
        if self.attached.want(is_watched) {
            tree.forget_endpoints(self.ground);
        }
    }

    /// Takes a batch from its buffer.
    pub(crate) fn take(&mut self) -> Batch {
        let mut batch = self.buffer.take();
        let (entries_to_apply, has_lost) = self.attached.sort(std::mem::take(&mut batch.entries));
        self.has_lost |= has_lost || batch.has_overflowed;
        batch.entries = entries_to_apply;
        batch
    }

    /// Notes that an entry is missing, so that a snapshot is requested.
    pub(crate) const fn lose(&mut self) {
        self.has_lost = true;
    }

    /// Handles an answer. The buffer has been taken before. Returns the entries that had to wait for this answer.
    pub(crate) fn answer(&mut self, tree: &mut ProcessTree, answer: Answer, now: Instant) -> Vec<Entry> {
        match answer {
            Answer::Counters(counters) => self.count(tree, counters, now),
            Answer::Processes(statuses) => {
                self.awaits_sight = false;
                statuses.into_iter().for_each(|(number, status)| see(tree, number, status.as_ref()));
            }
            Answer::Snapshot(snapshot) => return self.learn(tree, snapshot, None),
            Answer::Trace(mut guard) => {
                let snapshot = std::mem::take(&mut guard.snapshot);
                return self.learn(tree, snapshot, Some(*guard));
            }
            Answer::End(ended) => self.end(tree, ended, now),
            Answer::Nothing => {}
        }
        Vec::new()
    }

    fn count(&mut self, tree: &mut ProcessTree, counters: Counters, now: Instant) {
        let before = self.counting.counters();
        self.counting.answered(counters, now);
        if let Some(ground) = tree.get_mut(self.ground) {
            ground.is_busy = counters.turns > before.turns;
            (ground.turns, ground.pending) = (counters.turns, counters.pending);
        }
        if counters != before {
            tree.touch();
        }
    }

    fn learn(&mut self, tree: &mut ProcessTree, snapshot: Snapshot, guard: Option<TraceGuard>) -> Vec<Entry> {
        let ArrivedSnapshot { since, left, is_on, entries } = self.attached.attach(guard);
        let learned = LateSnapshot { snapshot: &snapshot, left: &left, since, has_endpoints: is_on };
        tree.merge(self.ground, &learned);
        discard(snapshot);
        entries
    }

    fn end(&mut self, tree: &mut ProcessTree, ended: Result<(), Reason>, now: Instant) {
        let reason = ended.err().map(|reason| text::display(&reason, REASON));
        tree.close(self.ground, reason.as_deref(), now);
        self.counting.end();
        self.ended = Some(reason);
    }

    pub(crate) fn state(&self, now: Instant, is_busy: bool) -> State {
        match &self.ended {
            Some(Some(_)) => State::Failed,
            Some(None) => State::Left,
            None if self.counting.is_stuck(now) => State::Stuck,
            None if is_busy => State::Busy,
            None => State::Idle,
        }
    }
}

/// Updates what is known of a process by its status.
fn see(tree: &mut ProcessTree, number: Number, status: Option<&ProcessStatus>) {
    let (Some(process), Some(status)) = (tree.get_mut(number), status) else { return };
    let is_busy = status.turns > process.turns || status.pending > 0;
    let has_changed =
        (process.turns, process.pending, process.is_busy) != (status.turns, status.pending, is_busy);
    (process.turns, process.pending, process.is_busy) = (status.turns, status.pending, is_busy);
    if let (Some(vm), Some(counters)) = (&mut process.vm, status.counters) {
        vm.pending = counters.pending;
    }
    if has_changed {
        tree.touch();
    }
}

fn is_over(since: Option<Instant>, now: Instant, period: Duration) -> bool {
    since.is_none_or(|since| now.saturating_duration_since(since) >= period)
}
