//! The actions that a process has emitted, with its table of endpoints.

mod endpoints;
mod installed;
mod room;

use std::mem;

use anyhow::{Error, anyhow};
use smallvec::SmallVec;

use crate::panic::guarded_drops;
use crate::{Action, AddEndpoint, Level, NetworkAction, Reason, Role, Token, Value};

use endpoints::{Asked, Endpoints};
pub(crate) use installed::{Installed, Whereabouts};
use room::Room;
pub(crate) use room::Rooms;

/// Where a turn puts its actions.
///
/// Holds the process' own table of endpoints, so that what is wrong with an action by its form is found
/// when it is emitted: a name in use with another role, or the meta level where there is none. Such an
/// action is not taken; it fails the turn, whatever the turn returns (rule S2).
#[derive(Debug)]
pub struct Actions {
    has_meta: bool,
    endpoints: Endpoints,
    /// How many endpoints have been asked for.
    asked: u64,
    /// The actions pending, if there are any.
    room: Option<Box<Room>>,
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

/// The current turn.
#[derive(Debug, Default)]
struct Turn {
    emitted: usize,
    /// For the few turns that do more than send.
    notes: Option<Box<Notes>>,
}

/// What a turn has done, so that it can be taken back, and how it will end.
#[derive(Debug, Default)]
struct Notes {
    quit: Option<Reason>,
    fault: Option<Error>,
    journal: Journal,
}

/// Changes in the order in which they were made.
#[derive(Debug, Default)]
struct Journal(SmallVec<[Change; 2]>);

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
            endpoints: Endpoints::new(),
            asked: 0,
            room: None,
            turn: Turn::default(),
            load: Load::default(),
        }
    }

    /// Emits an action.
    #[inline]
    pub fn push(&mut self, action: Action) {
        if let Err(fault) = self.check(&action) {
            return self.fail(fault);
        }
        self.turn.emitted += 1;
        self.room.get_or_insert_default().0.push_back(action);
    }

    /// Takes back what the current turn has emitted, so that a combinator can look at it, change it, and
    /// emit it again.
    ///
    /// What is not emitted again is never answered. An actor that is to forget about it is owed what would
    /// have been the last event with its token: [`Event::Closed`](crate::Event::Closed) for an endpoint.
    pub fn take(&mut self) -> Vec<Action> {
        if let Some(notes) = &mut self.turn.notes {
            notes.quit = None;
            let mut journal = mem::take(&mut notes.journal);
            while let Some(Change { key, previous, .. }) = journal.0.pop() {
                self.ask(&key, previous);
            }
        }
        self.discard_turn()
    }

    /// Takes back the fault of the current turn, if an action of it was wrong by its form.
    pub fn take_fault(&mut self) -> Option<Error> {
        self.turn.notes.as_mut()?.fault.take()
    }

    /// The process' endpoints as it has asked for them, in the order in which it did.
    pub fn endpoints(&self) -> impl Iterator<Item = (Level, &Value, &Role)> {
        let asked = self.endpoints.iter().filter_map(|endpoint| Some((endpoint, endpoint.asked.as_ref()?)));
        let mut asked: Vec<_> = asked.collect();
        asked.sort_unstable_by_key(|(_, asked)| asked.number);
        asked.into_iter().map(|(endpoint, asked)| (endpoint.level, &endpoint.name, &asked.role))
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

    /// Fails the turn, whatever it returns.
    pub(crate) fn fail(&mut self, fault: Error) {
        self.notes().fault.get_or_insert(fault);
    }

    /// The endpoint asked for under `token`, if that was the last action.
    pub(crate) fn last_added(&mut self, token: Token) -> Option<&mut AddEndpoint> {
        match self.room.as_mut()?.0.back_mut()? {
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
        let last = self.turn.notes.as_ref().and_then(|notes| notes.journal.0.last());
        let is_new = last.is_some_and(|change| change.action + 1 == self.turn.emitted);
        !is_new && self.last_added(token).is_some()
    }

    /// Gives the endpoint asked for under `token` another name, if that was the last action.
    pub(crate) fn rename_last_added(&mut self, token: Token, name: Value) {
        let Some(add) = self.last_added(token) else { return };
        add.name = name;
        let Some(action) = self.room.as_mut().and_then(|room| room.0.pop_back()) else { return };
        self.turn.emitted -= 1;
        let this_action = self.turn.emitted;
        let journal = &mut self.notes().journal.0;
        if journal.last().is_some_and(|change| change.action == this_action)
            && let Some(change) = journal.pop()
        {
            self.ask(&change.key, change.previous);
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
                let previous = self.ask(&key, None);
                self.note(key, previous);
                Ok(())
            }
            NetworkAction::Quit { pid: None, reason } if level == Level::Local => {
                self.notes().quit.get_or_insert_with(|| reason.clone());
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn check_add(&mut self, level: Level, add: &AddEndpoint) -> anyhow::Result<()> {
        let endpoint = self.endpoints.entry(level, &add.name);
        match &endpoint.asked {
            None => {
                self.asked += 1;
                endpoint.asked = Some(Asked { role: add.role.clone(), number: self.asked });
                self.note((level, add.name.clone()), None);
                Ok(())
            }
            Some(Asked { role, .. }) if *role == add.role => Ok(()),
            Some(Asked { role, .. }) => {
                Err(anyhow!("endpoint {:?} exists with another role: {role:?}, not {:?}", add.name, add.role))
            }
        }
    }

    fn notes(&mut self) -> &mut Notes {
        self.turn.notes.get_or_insert_default()
    }

    /// Notes what the process asked of a name before the action that it is about to emit.
    fn note(&mut self, key: (Level, Value), previous: Option<Asked>) {
        let action = self.turn.emitted;
        self.notes().journal.0.push(Change { action, key, previous });
    }

    /// Remembers what the process asks of a name from now on; hands back what it asked before.
    fn ask(&mut self, (level, name): &(Level, Value), asked: Option<Asked>) -> Option<Asked> {
        if asked.is_some() {
            return mem::replace(&mut self.endpoints.entry(*level, name).asked, asked);
        }
        self.endpoints.change(*level, name, |endpoint| endpoint.asked.take())
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        guarded_drops(self.0.drain(..), "a name");
    }
}

impl Drop for Actions {
    fn drop(&mut self) {
        guarded_drops(self.room.take().into_iter().flat_map(|room| room.0), "an action");
    }
}

/// The VM's side.
impl Actions {
    #[inline]
    pub(crate) fn begin_turn(&mut self) {
        self.turn.emitted = 0;
        self.load.turns = 0;
    }

    /// Ends a turn that went well: its fault, if it had one after all, or what it asked for by quitting.
    #[inline]
    pub(crate) fn end_turn(&mut self) -> anyhow::Result<Option<Reason>> {
        let Some(notes) = self.turn.notes.take() else { return Ok(None) };
        match notes.fault {
            Some(fault) => Err(fault),
            None => Ok(notes.quit),
        }
    }

    /// Discards the actions of a turn that failed.
    pub(crate) fn discard_turn(&mut self) -> Vec<Action> {
        let emitted = mem::take(&mut self.turn.emitted);
        let Some(room) = &mut self.room else { return Vec::new() };
        room.0.split_off(room.0.len() - emitted).into()
    }

    #[inline]
    pub(crate) fn pending(&self) -> usize {
        self.room.as_ref().map_or(0, |room| room.0.len())
    }

    pub(crate) fn has_endpoints(&self) -> bool {
        !self.endpoints.is_empty()
    }
}
