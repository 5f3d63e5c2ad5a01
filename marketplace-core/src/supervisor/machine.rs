//! The decisions of a supervisor: events in, steps out. It has no process and no clock.
//!
//! It does one thing at a time. First it ends the children that are to end, the last one first. When they are gone,
//! it starts those that are to start, the first one first.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};

use super::children::ChildStatus;
use super::member::{Id, Member, State};
use super::strategy::{Restart, Strategy};
use crate::Reason;
use crate::limits::{Limits, Random, TooManyRestarts};

/// What the keeper is to do.
#[derive(Debug)]
pub(super) enum Step {
    Start(Id),
    End(Id, Reason),
    /// A child has failed and will be restarted after this delay.
    Restart(Id, Reason, Duration),
    Wait(Wait, Duration),
    Cancel(Wait),
    CancelAll,
    Show(Id, Option<ChildStatus>),
    /// A child is gone for good.
    Forget(Id),
    Leave(Reason),
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Wait {
    /// The delay before the restart of a child.
    Restart(Id),
    /// The time that a child must live to be well.
    Lived(Id),
    /// The time for which a restart counts. Restarts are numbered.
    Window(u64),
}

pub(super) struct Machine {
    name: Arc<str>,
    strategy: Strategy,
    limits: Limits,
    random: Random,
    /// In the order in which they are started.
    children: Vec<Member>,
    /// How many children there have been.
    numbered: Id,
    /// How many restarts there have been.
    restarts: u64,
    /// How many of them count.
    recent: usize,
    phase: Phase,
    steps: Vec<Step>,
}

enum Phase {
    Running,
    /// Children end by themselves, and are not restarted.
    Stopping,
    /// Children are ended, with this reason.
    Leaving(Reason),
}

impl Machine {
    pub(super) fn new(name: Arc<str>, strategy: Strategy, limits: Limits) -> Self {
        Self {
            name,
            strategy,
            limits,
            random: limits.random(),
            children: Vec::new(),
            numbered: 0,
            restarts: 0,
            recent: 0,
            phase: Phase::Running,
            steps: Vec::new(),
        }
    }

    /// Adds a child, which is started in its turn.
    pub(super) fn add(&mut self, name: &Arc<str>, restart: Restart) -> anyhow::Result<Id> {
        ensure!(
            matches!(self.phase, Phase::Running),
            "supervisor `{}` is stopping, and accepts no more children",
            self.name
        );
        let is_new = self.children.iter().all(|member| member.is_removed || member.name != *name);
        ensure!(is_new, "supervisor `{}` already has a child `{name}`", self.name);
        let id = self.numbered;
        self.numbered += 1;
        let name = Arc::clone(name);
        self.children.push(Member { id, name, restart, state: State::Due, failures: 0, is_removed: false });
        Ok(id)
    }

    pub(super) fn remove(&mut self, name: &Arc<str>) -> anyhow::Result<()> {
        let at = self.children.iter().position(|member| member.name == *name && !member.is_removed);
        let at = at.with_context(|| format!("supervisor `{}` has no child `{name}`", self.name))?;
        if self.children[at].state.is_alive() {
            self.children[at].is_removed = true;
            self.mark_to_end(at);
        } else {
            self.forget(at);
        }
        Ok(())
    }

    /// A child's first turn is over.
    pub(super) fn booted(&mut self, id: Id) {
        let Some(at) = self.position(id) else { return };
        if self.children[at].state == State::Booting {
            self.set(at, State::Running);
            if self.children[at].failures > 0 {
                self.wait(Wait::Lived(id), self.limits.lifetime());
            }
        }
    }

    /// A child has ended.
    pub(super) fn ended(&mut self, id: Id, reason: Reason) {
        let Some(at) = self.position(id) else { return };
        let Member { restart, state, is_removed, .. } = self.children[at];
        self.steps.push(Step::Cancel(Wait::Lived(id)));
        let is_running = matches!(self.phase, Phase::Running);
        match state {
            _ if !is_running => self.forget(at),
            State::ToEnd | State::Ending if is_removed || restart == Restart::Temporary => self.forget(at),
            State::ToEnd | State::Ending => self.set(at, State::Due),
            _ if restart.follows(&reason) => self.restart(at, reason),
            _ if restart == Restart::Temporary => self.forget(at),
            _ => self.set(at, State::Finished),
        }
    }

    /// A wait is over.
    pub(super) fn waited(&mut self, wait: Wait) {
        match wait {
            Wait::Window(_) => self.recent -= 1,
            Wait::Restart(id) => {
                if let Some(at) = self.position(id) {
                    self.set(at, State::Due);
                }
            }
            Wait::Lived(id) => {
                if let Some(at) = self.position(id) {
                    self.children[at].failures = 0;
                }
            }
        }
    }

    /// The program is to stop: a child that ends now is not restarted.
    pub(super) fn stop(&mut self) {
        if matches!(self.phase, Phase::Running) {
            self.phase = Phase::Stopping;
            self.cancel_pending();
        }
    }

    /// The supervisor is to leave, with its children.
    pub(super) fn leave(&mut self, reason: Reason) {
        if !matches!(self.phase, Phase::Leaving(_)) {
            self.phase = Phase::Leaving(reason);
            self.cancel_pending();
            (0..self.children.len()).for_each(|at| self.mark_to_end(at));
        }
    }

    /// Whether all children that can be started now have been started. A child that waits for its restart does not
    /// count.
    pub(super) fn has_started(&self) -> bool {
        let is_busy = |member: &Member| member.state != State::Running && member.state.is_alive();
        let is_idle = !self.children.iter().any(is_busy) && self.next_to_start().is_none();
        is_idle && matches!(self.phase, Phase::Running)
    }

    /// What is to be done now.
    pub(super) fn steps(&mut self) -> Vec<Step> {
        let is_ending = self.children.iter().any(|member| member.state == State::Ending);
        if let Some(at) = self.children.iter().rposition(|member| member.state == State::ToEnd)
            && !is_ending
        {
            self.set(at, State::Ending);
            self.steps.push(Step::End(self.children[at].id, self.reason()));
        } else if !is_ending && let Some(at) = self.next_to_start() {
            self.set(at, State::Booting);
            self.steps.push(Step::Start(self.children[at].id));
        } else if self.children.is_empty() && !matches!(self.phase, Phase::Running) {
            self.steps.push(Step::Leave(self.reason()));
        }
        std::mem::take(&mut self.steps)
    }

    /// The child to be started next, if no child is to be ended.
    fn next_to_start(&self) -> Option<usize> {
        let first = self.children.iter().position(|member| member.state == State::Due)?;
        let is_busy = self.children.iter().any(|member| member.state == State::Booting);
        let waited_for = match self.strategy {
            Strategy::OneForOne => &[],
            Strategy::RestForOne => &self.children[..first],
            Strategy::AllForOne => &self.children[..],
        };
        let is_blocked = waited_for.iter().any(|member| member.state == State::Waiting);
        (!is_busy && !is_blocked).then_some(first)
    }

    /// Restarts a child that has failed, and its siblings according to the strategy, or gives up.
    fn restart(&mut self, at: usize, reason: Reason) {
        let Member { id, failures, ref name, .. } = self.children[at];
        if !self.limits.allow(self.recent) {
            let error = TooManyRestarts::new(Arc::clone(&self.name), Arc::clone(name), &self.limits, reason);
            self.forget(at);
            return self.leave(Reason::error(error));
        }
        self.recent += 1;
        self.restarts += 1;
        self.wait(Wait::Window(self.restarts), self.limits.window());
        self.children[at].failures = failures.saturating_add(1);
        let delay = self.limits.delay(failures, &mut self.random);
        self.steps.push(Step::Restart(id, reason, delay));
        if delay.is_zero() {
            self.set(at, State::Due);
        } else {
            self.set(at, State::Waiting);
            self.wait(Wait::Restart(id), delay);
        }
        self.restart_siblings(at);
    }

    /// Ends the siblings of a child that has failed, as far as they are running, so that they are restarted.
    fn restart_siblings(&mut self, failed: usize) {
        let concerned = match self.strategy {
            Strategy::OneForOne => 0..0,
            Strategy::AllForOne => 0..self.children.len(),
            Strategy::RestForOne => failed + 1..self.children.len(),
        };
        for at in concerned.filter(|at| *at != failed) {
            match self.children[at].state {
                State::Booting | State::Running => self.mark_to_end(at),
                State::Finished => self.set(at, State::Due),
                // A child that waits has failed, too, and continues to wait.
                State::Due | State::Waiting | State::ToEnd | State::Ending => {}
            }
        }
    }

    fn mark_to_end(&mut self, at: usize) {
        if matches!(self.children[at].state, State::Booting | State::Running) {
            self.set(at, State::ToEnd);
        }
    }

    /// Forgets the children that are not running, so that none is started any more.
    fn cancel_pending(&mut self) {
        self.steps.push(Step::CancelAll);
        for at in (0..self.children.len()).rev() {
            if !self.children[at].state.is_alive() {
                self.forget(at);
            }
        }
    }

    fn forget(&mut self, at: usize) {
        let id = self.children.remove(at).id;
        self.steps.extend([Step::Cancel(Wait::Restart(id)), Step::Show(id, None), Step::Forget(id)]);
    }

    fn set(&mut self, at: usize, state: State) {
        let member = &mut self.children[at];
        if member.state.status() != state.status() {
            self.steps.push(Step::Show(member.id, state.status()));
        }
        member.state = state;
    }

    fn wait(&mut self, wait: Wait, duration: Duration) {
        self.steps.push(Step::Wait(wait, duration));
    }

    /// Why children are ended: normally, unless the supervisor leaves for another reason.
    fn reason(&self) -> Reason {
        match &self.phase {
            Phase::Leaving(reason) => reason.clone(),
            Phase::Running | Phase::Stopping => Reason::normal(),
        }
    }

    fn position(&self, id: Id) -> Option<usize> {
        self.children.iter().position(|member| member.id == id)
    }
}
