//! The actions that turns emit: one queue for all processes of a VM.

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

/// The actions that a turn emits.
///
/// An [`Actor`](crate::Actor) gets it with each event and adds its actions by [`push`](Self::push).
///
/// It knows the endpoints of the process, so it finds an invalid action when the action is emitted: a name that is in
/// use with another role, or the meta level where there is none. Such an action is not performed. The turn fails,
/// whatever it returns (rule S2).
///
/// A turn only borrows its `Actions`. An actor that replaces them by others takes away the pending actions of all
/// processes of its VM, and fails. To look at the actions that an inner actor emits, use [`take`](Self::take).
///
/// # Examples
///
/// An actor that is run by hand, as a test does:
///
/// ```
/// use marketplace_core::{Action, Actions, Actor, Event, Message, NetworkAction, Pid, Spawn};
///
/// #[derive(Debug, Message)]
/// struct Word(&'static str);
///
/// # fn main() -> anyhow::Result<()> {
/// let mut actor = Spawn::new((), |(), cx| cx.send(Word("hello"))).into_actor();
/// let mut actions = Actions::new(false);
/// actor.handle(Event::Boot { pid: Pid::detached() }, &mut actions)?;
/// assert!(matches!(actions.take()[..], [Action::Local(NetworkAction::Send { .. })]));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Actions {
    has_meta: bool,
    /// The pending actions of all processes of the VM. The current turn appends to it.
    pub(crate) queue: Queue,
    turn: Turn,
    /// The endpoints of the process that is taking a turn.
    endpoints: Endpoints,
    /// How many endpoints have been requested so far.
    serial: u64,
    load: Load,
    /// The name of the process that was created last. A nested VM that boots takes it, for warnings that say where
    /// they come from.
    name: Option<Arc<str>>,
    /// The counters and traces of the VM to which these actions belong.
    pub(crate) watch: Watch,
}

/// How much work is inside an actor that runs other actors. A nested VM reports it to the containing VM by
/// [`Actions::report`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// The turns that were taken inside during this turn.
    pub turns: usize,
    /// The actions that are pending inside.
    pub pending: usize,
}

/// The current turn.
#[derive(Debug, Default)]
struct Turn {
    is_lent: bool,
    process: usize,
    /// The length of the queue when the turn began.
    start: usize,
    quit: Option<Reason>,
    fault: Option<Error>,
}

impl Actions {
    /// No actions yet. `has_meta` says whether the VM of the process is contained in another one.
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

    /// The same, with a trace of the VM to which these actions are lent, and of all VMs inside it.
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

    /// Sends a message in the network of the process. This action is always valid.
    #[inline]
    pub(crate) fn send(&mut self, orientation: Orientation, message: AnyMessage) {
        let send = NetworkAction::Send { orientation, message };
        self.queue.push(Step::Perform(self.turn.process, Target::None, Action::Local(send)));
    }

    /// Takes back the actions that the current turn has emitted so far. A wrapper uses it to look at the actions of
    /// the inner actor, change them, and emit them again.
    ///
    /// An action that is not emitted again has no effect. If the actor is to forget about its token, give it the
    /// event that would have been the last one with this token, for example [`Event::Closed`](crate::Event::Closed)
    /// for an endpoint.
    pub fn take(&mut self) -> Vec<Action> {
        self.turn.quit = None;
        let mut taken = Vec::with_capacity(self.emitted());
        while self.emitted() > 0 {
            taken.extend(self.take_last());
        }
        taken.reverse();
        taken
    }

    /// Takes back the error of the current turn, if one of its actions was invalid.
    pub fn take_error(&mut self) -> Option<Error> {
        self.turn.fault.take()
    }

    /// The endpoints that the process has requested and not deleted, in the order of the requests.
    pub fn endpoints(&self) -> impl Iterator<Item = (Level, &Value, &Role)> {
        self.endpoints.requested()
    }

    /// Reports the turns and pending actions inside an actor that runs other actors.
    ///
    /// The pending actions count until the next report. An actor that drops a VM therefore reports that nothing is
    /// pending.
    pub fn report(&mut self, load: Load) {
        self.load = load;
    }

    /// What was reported last.
    #[must_use]
    pub const fn load(&self) -> Load {
        self.load
    }

    /// Reports that a process has been started in the place of one that had ended. The process `supervisor` did that.
    /// See [`Context::trace_restart`](crate::Context::trace_restart), which calls this.
    pub fn trace_restart(&mut self, supervisor: &Pid, child: &str, reason: &Reason) {
        self.watch.tally.add(Counters { restarts: 1, ..Counters::default() });
        if let Some(lives) = &self.watch.tracers.processes {
            lives.trace(&TraceEvent::Restarted { pid: supervisor, child, reason });
        }
    }

    /// Whether the VM is contained in another one.
    pub(crate) const fn has_meta(&self) -> bool {
        self.has_meta
    }

    /// Makes the turn fail, whatever it returns.
    pub(crate) fn fail(&mut self, fault: Error) {
        self.turn.fault.get_or_insert(fault);
    }

    /// The endpoint that was requested with `token`, if that was the last action.
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

    /// Whether the endpoint that was requested with `token`, if that was the last action, replaces the handlers of an
    /// existing one.
    pub(crate) fn last_added_is_update(&mut self, token: Token) -> bool {
        self.last_added(token).is_some() && matches!(self.queue.last_mut(), Some((Target::Existing(_), _)))
    }

    /// Gives another name to the endpoint that was requested with `token`, if that was the last action.
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

    /// Finds out whether an action is valid, and which endpoint it is about.
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
                return Ok(self
                    .endpoints
                    .request_deletion(level, name)
                    .map_or(Target::None, Target::Existing));
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
