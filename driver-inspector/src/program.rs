//! A program that is inspected: what it is asked, and what of its tape has been heard.

mod attached;
mod counting;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use marketplace_core::{Counters, Handle, ProcessStatus, Reason, Snapshot, Trace, TraceGuard};

use crate::contained::discard;
use crate::frame::{Number, State};
use crate::look::{Answer, Look};
use crate::secrets::Secrets;
use crate::shown;
use crate::tape::{Entry, Lives, Reader, Reel, Tape};
use crate::tree::{Learned, ProcessTree, REASON};

use attached::{Arrived, Attached};
use counting::Counting;

/// How often processes in sight are looked at.
const SIGHT: Duration = Duration::from_millis(500);
/// How long a program that lost its tape goes on before all of it is looked at again: so long for each so many processes,
/// since that look takes time in their number.
const RECOVERY: Duration = Duration::from_secs(1);
const RECOVERED: usize = 20_000;

/// A ground that is watched: made before it runs, handed to the inspector's thread once it does.
#[derive(Debug)]
pub(crate) struct Watched {
    tape: Reader,
    /// A weak one.
    handle: Handle,
}

#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) ground: Number,
    pub(crate) tape: Reader,
    pub(crate) handle: Handle,
    pub(crate) counting: Counting,
    /// Why it has ended, if it has; nothing, if in the normal course of things.
    pub(crate) ended: Option<Option<String>>,
    attached: Attached,
    /// When it was asked last for processes in sight, and for all there is.
    sighted: Option<Instant>,
    recovered: Option<Instant>,
    awaits_sight: bool,
    /// Whether something of the tape was lost, and it has not been looked at since.
    has_lost: bool,
    awaits_end: bool,
}

impl Watched {
    /// A ground's handle, and what may be shown of it; the trace is for
    /// [`Ground::with_trace`](marketplace_core::Ground::with_trace).
    pub(crate) fn new(handle: &Handle, secrets: &Arc<Secrets>) -> (Self, impl Trace + use<>) {
        Self::on(Tape::new(Arc::clone(secrets)), handle)
    }

    /// The same on a tape that is there.
    pub(crate) fn on(tape: Arc<Tape>, handle: &Handle) -> (Self, impl Trace + use<>) {
        (Self { tape: Reader::new(Arc::clone(&tape)), handle: handle.weak() }, Lives(tape))
    }
}

impl Program {
    pub(crate) fn new(ground: Number, watched: Watched, now: Instant) -> Self {
        Self {
            ground,
            tape: watched.tape,
            handle: watched.handle,
            counting: Counting::new(now),
            ended: None,
            attached: Attached::default(),
            sighted: None,
            recovered: None,
            awaits_sight: false,
            has_lost: false,
            awaits_end: false,
        }
    }

    /// What is to be asked now; `sight` says which processes somebody has in sight.
    pub(crate) fn due(
        &mut self,
        now: Instant,
        tree: &ProcessTree,
        is_watched: bool,
        sight: impl FnOnce() -> HashSet<Number>,
    ) -> Vec<Look> {
        let mut due = Vec::new();
        if self.ended.is_some() {
            return due;
        }
        if !std::mem::replace(&mut self.awaits_end, true) {
            due.push(Look::End);
        }
        if self.counting.is_due(now) {
            due.push(Look::Counters);
        }
        due.extend(self.due_trace(now, tree, is_watched));
        if is_watched && !self.awaits_sight && is_over(self.sighted, now, SIGHT) {
            let mine = sight().into_iter().filter(|number| tree.ground_of(*number) == self.ground);
            let mine =
                mine.filter(|number| tree.get(*number).is_some_and(|it| it.pid.is_some() && !it.is_gone()));
            let wanted: Vec<_> = mine.map(|number| (number, tree.path(number))).collect();
            if !wanted.is_empty() {
                (self.sighted, self.awaits_sight) = (Some(now), true);
                due.push(Look::Processes(wanted));
            }
        }
        due
    }

    /// Begins a trace where somebody watches, and looks at all there is where something was lost.
    fn due_trace(&mut self, now: Instant, tree: &ProcessTree, is_watched: bool) -> Option<Look> {
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
        self.tape.rewind();
        Some(match is_watched {
            true => Look::Trace(Arc::clone(&self.tape), generation),
            false => Look::Snapshot,
        })
    }

    /// Whether anybody watches; nothing more is told if not.
    pub(crate) fn want(&mut self, tree: &mut ProcessTree, is_watched: bool) {
        if self.attached.want(is_watched) {
            tree.forget_endpoints(self.ground);
        }
    }

    /// Takes its tape.
    pub(crate) fn take(&mut self) -> Reel {
        let mut reel = self.tape.take();
        let (heard, has_lost) = self.attached.hear(std::mem::take(&mut reel.entries));
        self.has_lost |= has_lost || reel.is_overflown;
        reel.entries = heard;
        reel
    }

    /// Something that it told is missing, so it is to be looked at again.
    pub(crate) const fn lose(&mut self) {
        self.has_lost = true;
    }

    /// Learns from an answer, before which the tape has been taken; what else has happened by then.
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
        let Arrived { since, left, is_on, entries } = self.attached.attach(guard);
        let learned = Learned { snapshot: &snapshot, left: &left, since, has_endpoints: is_on };
        tree.learn(self.ground, &learned);
        discard(snapshot);
        entries
    }

    fn end(&mut self, tree: &mut ProcessTree, ended: Result<(), Reason>, now: Instant) {
        let reason = ended.err().map(|reason| shown::display(&reason, REASON));
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

/// Takes over how a process stands.
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
