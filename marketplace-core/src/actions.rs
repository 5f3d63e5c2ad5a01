//! Where turns put their actions: one queue for all processes of a VM.

mod endpoints;
mod lending;
mod queue;

use std::sync::Arc;

use anyhow::{Error, anyhow};

use crate::trace::{Sink, Watch};
use crate::{
    Action, AddEndpoint, AnyMessage, Counters, Level, NetworkAction, Orientation, Pid, Reason, Role, Token,
    Trace, TraceEvent, Value,
};

pub(crate) use endpoints::{EndpointKey, Endpoints, Installed, Place};
pub(crate) use queue::{Queue, Step, Target};

/// Where a turn puts its actions.
///
/// Holds the table of the process' endpoints, so that what is wrong with an action by its form is found
/// when it is emitted: a name in use with another role, or the meta level where there is none. Such an
/// action is not taken; it fails the turn, whatever the turn returns (rule S2).
///
/// It is lent to a turn: an actor that puts another in its place takes what all processes of its VM have existing for
/// and is still to be done, and fails. To look at what an inner actor asks for, use [`take`](Self::take).
#[derive(Debug)]
pub struct Actions {
    has_meta: bool,
    /// What all processes of the VM have existing for; the current turn appends to it.
    pub(crate) queue: Queue,
    turn: Turn,
    /// The endpoints of the process whose turn it is.
    endpoints: Endpoints,
    /// How many endpoints have been existing for.
    serial: u64,
    load: Load,
    /// The name of the process that was created last: a nested VM that boots takes it for the warnings that say where
    /// they come from.
    name: Option<Arc<str>>,
    /// What the VM of these is watched by.
    pub(crate) watch: Watch,
}

/// What an actor that runs others, a nested VM, tells its container about them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// The turns taken inside during this one.
    pub turns: usize,
    /// The actions now waiting inside.
    pub pending: usize,
}

/// The current turn.
#[derive(Debug, Default)]
struct Turn {
    is_lent: bool,
    process: usize,
    /// How long the queue was when the turn began.
    start: usize,
    quit: Option<Reason>,
    fault: Option<Error>,
}

impl Actions {
    /// No actions yet, for a process of a VM that has a network around it, or has not.
    #[must_use]
    pub fn new(has_meta: bool) -> Self {
        Self {
            has_meta,
            queue: Queue::default(),
            turn: Turn::default(),
            endpoints: Endpoints::default(),
            serial: 0,
            load: Load::default(),
            name: None,
            watch: Watch::default(),
        }
    }

    /// The same with somebody who is told what happens in the VM to which these are lent, and inside it.
    #[must_use]
    pub fn with_trace(mut self, trace: impl Trace) -> Self {
        self.watch.tracers.add(Sink::new(trace));
        self
    }

    /// Emits an action.
    pub fn push(&mut self, action: Action) {
        match self.check(&action) {
            Ok(target) => self.queue.push(Step::Perform(self.turn.process, target, action)),
            Err(fault) => self.fail(fault),
        }
    }

    /// Sends a message in the process' own network: nothing can be wrong with that.
    #[inline]
    pub(crate) fn send(&mut self, orientation: Orientation, message: AnyMessage) {
        let send = NetworkAction::Send { orientation, message };
        self.queue.push(Step::Perform(self.turn.process, Target::None, Action::Local(send)));
    }

    /// Takes back what the current turn has emitted, so that a combinator can look at it, change it, and
    /// emit it again.
    ///
    /// What is not emitted again is never answered. An actor that is to forget about it is owed what would
    /// have been the last event with its token: [`Event::Closed`](crate::Event::Closed) for an endpoint.
    pub fn take(&mut self) -> Vec<Action> {
        self.turn.quit = None;
        let mut taken = Vec::with_capacity(self.emitted());
        while self.emitted() > 0 {
            taken.extend(self.take_last());
        }
        taken.reverse();
        taken
    }

    /// Takes back the fault of the current turn, if an action of it was wrong by its form.
    pub fn take_error(&mut self) -> Option<Error> {
        self.turn.fault.take()
    }

    /// The process' endpoints as it has existing for them, in the order in which it did.
    pub fn endpoints(&self) -> impl Iterator<Item = (Level, &Value, &Role)> {
        self.endpoints.requested()
    }

    /// Tells the container of turns and actions inside an actor that runs others.
    ///
    /// What waits inside counts until the next report: an actor that lets go of a VM reports that nothing waits
    /// any more.
    pub fn report(&mut self, load: Load) {
        self.load = load;
    }

    /// What was last reported.
    #[must_use]
    pub const fn load(&self) -> Load {
        self.load
    }

    /// Says that a process has been put in the place of one that had left; see
    /// [`Context::trace_restart`](crate::Context::trace_restart), which does it for the process `supervisor`.
    pub fn trace_restart(&mut self, supervisor: &Pid, child: &str, reason: &Reason) {
        self.watch.tally.add(Counters { restarts: 1, ..Counters::default() });
        if let Some(lives) = &self.watch.tracers.processes {
            lives.trace(&TraceEvent::Restarted { pid: supervisor, child, reason });
        }
    }

    /// Whether there is a network around the VM.
    pub(crate) const fn has_meta(&self) -> bool {
        self.has_meta
    }

    /// Fails the turn, whatever it returns.
    pub(crate) fn fail(&mut self, fault: Error) {
        self.turn.fault.get_or_insert(fault);
    }

    /// The endpoint existing for under `token`, if that was the last action.
    pub(crate) fn last_added(&mut self, token: Token) -> Option<&mut AddEndpoint> {
        match self.queue.last_mut()?.1 {
            Action::Local(NetworkAction::Add(add)) | Action::Meta(NetworkAction::Add(add))
                if add.token == token =>
            {
                Some(add)
            }
            _ => None,
        }
    }

    /// Whether the endpoint existing for under `token`, if that was the last action, replaces another's handlers.
    pub(crate) fn last_added_is_update(&mut self, token: Token) -> bool {
        self.last_added(token).is_some() && matches!(self.queue.last_mut(), Some((Target::Existing(_), _)))
    }

    /// Gives the endpoint existing for under `token` another name, if that was the last action.
    pub(crate) fn rename_last_added(&mut self, token: Token, name: Value) {
        let Some(add) = self.last_added(token) else { return };
        add.name = name;
        if let Some(action) = self.take_last() {
            self.push(action);
        }
    }

    /// Takes back the last action of the turn.
    fn take_last(&mut self) -> Option<Action> {
        let (target, action) = self.queue.pop_last()?;
        match target {
            Target::New(id) => drop(self.endpoints.remove(id)),
            Target::Existing(id) if is_delete(&action) => self.endpoints.undo_deletion(id),
            Target::Existing(_) | Target::None => {}
        }
        Some(action)
    }

    /// Finds what is wrong with an action, and the endpoint that it is about.
    fn check(&mut self, action: &Action) -> anyhow::Result<Target> {
        match action {
            Action::Local(action) => self.check_network(Level::Local, action),
            Action::Meta(action) if self.has_meta => self.check_network(Level::Meta, action),
            Action::Meta(action) => Err(anyhow!("the ground has no meta level: {action:?}")),
            Action::Yield(_) | Action::Perform(..) => Ok(Target::None),
        }
    }

    fn check_network(&mut self, level: Level, action: &NetworkAction) -> anyhow::Result<Target> {
        match action {
            NetworkAction::Add(add) => return self.check_add(level, add),
            NetworkAction::Delete { name, .. } => {
                return Ok(self.endpoints.request_deletion(level, name).map_or(Target::None, Target::Existing));
            }
            NetworkAction::Quit { pid: None, reason } if level == Level::Local => {
                self.turn.quit.get_or_insert_with(|| reason.clone());
            }
            _ => {}
        }
        Ok(Target::None)
    }

    fn check_add(&mut self, level: Level, add: &AddEndpoint) -> anyhow::Result<Target> {
        let AddEndpoint { name, role, .. } = add;
        match self.endpoints.find(level, name) {
            None => {
                self.serial += 1;
                Ok(Target::New(self.endpoints.request(level, name.clone(), role.clone(), self.serial)))
            }
            Some((id, existing)) if *existing == *role => Ok(Target::Existing(id)),
            Some((_, existing)) => {
                Err(anyhow!("endpoint {name:?} already exists with another role: {existing:?}, not {role:?}"))
            }
        }
    }

    /// How many actions the turn has emitted.
    #[inline]
    pub(crate) fn emitted(&self) -> usize {
        self.queue.len().saturating_sub(self.turn.start)
    }
}

const fn is_delete(action: &Action) -> bool {
    matches!(action, Action::Local(NetworkAction::Delete { .. }) | Action::Meta(NetworkAction::Delete { .. }))
}
