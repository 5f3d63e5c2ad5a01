//! The actions that a process has emitted, with its table of endpoints.

mod installed;

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::mem;

use anyhow::{Error, anyhow};

use crate::panic::guarded_drop;
use crate::{Action, AddEndpoint, Level, NetworkAction, Reason, Role, Token, Value};

pub(crate) use installed::{Installed, Whereabouts};

/// Where a turn puts its actions.
///
/// Holds the process' own table of endpoints, so that what is wrong with an action by its form is found
/// when it is emitted: a name in use with another role, or the meta level where there is none. Such an
/// action is not taken; it fails the turn, whatever the turn returns (rule S2).
#[derive(Debug)]
pub struct Actions {
    has_meta: bool,
    endpoints: HashMap<(Level, Value), Endpoint>,
    /// How many endpoints have been asked for.
    asked: u64,
    pending: VecDeque<Action>,
    turn: Turn,
    load: Load,
}

/// What an actor that runs others, a nested VM, tells its container about them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// The turns taken inside during this one.
    pub turns: usize,
    /// The actions now waiting inside.
    pub pending: usize,
}

/// For so many actions a process keeps room while it has none, so that a busy one need not ask for it again.
const IDLE_ROOM: usize = 4;

/// A name's state as the process sees it and as the VM does.
#[derive(Debug, Default)]
struct Endpoint {
    asked: Option<Asked>,
    installed: Option<Installed>,
}

/// An endpoint asked for; the numbers count up.
#[derive(Debug)]
struct Asked {
    role: Role,
    number: u64,
}

/// What the current turn has done, so that it can be taken back.
#[derive(Debug, Default)]
struct Turn {
    emitted: usize,
    quit: Option<Reason>,
    fault: Option<Error>,
    journal: Vec<Change>,
}

/// A change of what a process asks of a name: by which of the turn's actions, and what it asked before.
#[derive(Debug)]
struct Change {
    action: usize,
    key: (Level, Value),
    previous: Option<Asked>,
}

impl Actions {
    /// No actions yet, for a process of a VM that has a network around it, or has not.
    #[must_use]
    pub fn new(has_meta: bool) -> Self {
        Self {
            has_meta,
            endpoints: HashMap::new(),
            asked: 0,
            pending: VecDeque::new(),
            turn: Turn::default(),
            load: Load::default(),
        }
    }

    /// Emits an action.
    pub fn push(&mut self, action: Action) {
        if let Err(fault) = self.check(&action) {
            return self.fail(fault);
        }
        self.turn.emitted += 1;
        self.pending.push_back(action);
    }

    /// Takes back what the current turn has emitted, so that a combinator can look at it, change it, and
    /// emit it again.
    ///
    /// What is not emitted again is never answered. An actor that is to forget about it is owed what would
    /// have been the last event with its token: [`Event::Closed`](crate::Event::Closed) for an endpoint.
    pub fn take(&mut self) -> Vec<Action> {
        for Change { key, previous, .. } in mem::take(&mut self.turn.journal).into_iter().rev() {
            self.ask(key, previous);
        }
        self.turn.quit = None;
        let first = self.pending.len() - mem::take(&mut self.turn.emitted);
        self.pending.split_off(first).into()
    }

    /// Takes back the fault of the current turn, if an action of it was wrong by its form.
    pub fn take_fault(&mut self) -> Option<Error> {
        self.turn.fault.take()
    }

    /// The process' endpoints as it has asked for them, in the order in which it did.
    pub fn endpoints(&self) -> impl Iterator<Item = (Level, &Value, &Role)> {
        let asked = self.endpoints.iter().filter_map(|(key, endpoint)| Some((key, endpoint.asked.as_ref()?)));
        let mut asked: Vec<_> = asked.collect();
        asked.sort_unstable_by_key(|(_, asked)| asked.number);
        asked.into_iter().map(|((level, name), asked)| (*level, name, &asked.role))
    }

    /// Tells the container of turns and actions inside an actor that runs others.
    pub fn report(&mut self, load: Load) {
        self.load = load;
    }

    /// What was last reported.
    #[must_use]
    pub const fn load(&self) -> Load {
        self.load
    }

    /// Fails the turn, whatever it returns.
    pub(crate) fn fail(&mut self, fault: Error) {
        self.turn.fault.get_or_insert(fault);
    }

    /// The endpoint asked for under `token`, if that was the last action.
    pub(crate) fn last_added(&mut self, token: Token) -> Option<&mut AddEndpoint> {
        match self.pending.back_mut()? {
            Action::Local(NetworkAction::Add(add)) | Action::Meta(NetworkAction::Add(add))
                if add.token == token =>
            {
                Some(add)
            }
            _ => None,
        }
    }

    /// Whether the endpoint asked for under `token`, if that was the last action, replaces another's handlers.
    pub(crate) fn last_added_is_update(&mut self, token: Token) -> bool {
        let is_new = self.turn.journal.last().is_some_and(|change| change.action + 1 == self.turn.emitted);
        !is_new && self.last_added(token).is_some()
    }

    /// Gives the endpoint asked for under `token` another name, if that was the last action.
    pub(crate) fn rename_last_added(&mut self, token: Token, name: Value) {
        let Some(add) = self.last_added(token) else { return };
        add.name = name;
        let Some(action) = self.pending.pop_back() else { return };
        self.turn.emitted -= 1;
        let this_action = self.turn.emitted;
        if let Some(change) = self.turn.journal.pop_if(|change| change.action == this_action) {
            self.ask(change.key, change.previous);
        }
        self.push(action);
    }

    fn check(&mut self, action: &Action) -> anyhow::Result<()> {
        let (level, action) = match action {
            Action::Local(action) => (Level::Local, action),
            Action::Meta(action) if self.has_meta => (Level::Meta, action),
            Action::Meta(action) => return Err(anyhow!("the ground has no meta level: {action:?}")),
            Action::Yield(_) | Action::Perform(..) => return Ok(()),
        };
        match action {
            NetworkAction::Add(add) => self.check_add(level, add),
            NetworkAction::Delete { name, .. } => {
                let key = (level, name.clone());
                let previous = self.ask(key.clone(), None);
                self.turn.journal.push(Change { action: self.turn.emitted, key, previous });
                Ok(())
            }
            NetworkAction::Quit { pid: None, reason } if level == Level::Local => {
                self.turn.quit.get_or_insert_with(|| reason.clone());
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn check_add(&mut self, level: Level, add: &AddEndpoint) -> anyhow::Result<()> {
        let key = (level, add.name.clone());
        let endpoint = self.endpoints.entry(key.clone()).or_default();
        match &endpoint.asked {
            None => {
                self.asked += 1;
                endpoint.asked = Some(Asked { role: add.role.clone(), number: self.asked });
                self.turn.journal.push(Change { action: self.turn.emitted, key, previous: None });
                Ok(())
            }
            Some(Asked { role, .. }) if *role == add.role => Ok(()),
            Some(Asked { role, .. }) => {
                Err(anyhow!("endpoint {:?} exists with another role: {role:?}, not {:?}", add.name, add.role))
            }
        }
    }

    /// Notes what the process asks of a name from now on; hands back what it asked before.
    fn ask(&mut self, key: (Level, Value), asked: Option<Asked>) -> Option<Asked> {
        let mut endpoint = match self.endpoints.entry(key) {
            Entry::Occupied(endpoint) => endpoint,
            Entry::Vacant(name) => {
                if asked.is_some() {
                    name.insert(Endpoint { asked, installed: None });
                }
                return None;
            }
        };
        let previous = mem::replace(&mut endpoint.get_mut().asked, asked);
        if endpoint.get().is_unused() {
            endpoint.remove();
        }
        previous
    }
}

impl Endpoint {
    const fn is_unused(&self) -> bool {
        self.asked.is_none() && self.installed.is_none()
    }
}

impl Drop for Actions {
    fn drop(&mut self) {
        // One by one: two panics at once would be the end of everything.
        for action in self.pending.drain(..) {
            guarded_drop(action, "an action");
        }
        for endpoint in self.endpoints.drain() {
            guarded_drop(endpoint, "an endpoint");
        }
    }
}

/// The VM's side.
impl Actions {
    pub(crate) fn begin_turn(&mut self) {
        self.turn.emitted = 0;
        self.turn.journal.clear();
        self.load.turns = 0;
    }

    /// Ends a turn that went well: its fault, if it had one after all, or what it asked for by quitting.
    pub(crate) fn end_turn(&mut self) -> anyhow::Result<Option<Reason>> {
        self.turn.journal = Vec::new();
        match self.turn.fault.take() {
            Some(fault) => Err(fault),
            None => Ok(self.turn.quit.take()),
        }
    }

    /// Discards the actions of a turn that failed.
    pub(crate) fn discard_turn(&mut self) -> Vec<Action> {
        let first = self.pending.len() - mem::take(&mut self.turn.emitted);
        self.pending.split_off(first).into()
    }

    pub(crate) fn pending(&self) -> usize {
        self.pending.len()
    }

    pub(crate) fn next(&mut self) -> Option<Action> {
        let action = self.pending.pop_front();
        if self.pending.is_empty() && self.pending.capacity() > IDLE_ROOM {
            self.pending = VecDeque::new();
        }
        action
    }

    pub(crate) fn has_endpoints(&self) -> bool {
        !self.endpoints.is_empty()
    }
}
