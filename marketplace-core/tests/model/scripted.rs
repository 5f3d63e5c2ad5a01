//! A process of the model: it follows a script.

use std::sync::Arc;

use marketplace_core::{EventKinds, Level};

use super::asked::{Action, Ask, Endpoint, Event, World};
use super::program::{Cursor, End, Op, Script, WITNESS, in_use, kinds_again};
use super::trace::{Line, Seen};
use super::vocabulary::TreeRole;

/// A process that follows a script.
pub(crate) struct Scripted {
    pub(crate) number: usize,
    cursor: Cursor,
    known: Vec<usize>,
    /// The endpoints that it has requested.
    asked: Vec<(Level, usize, TreeRole)>,
}

/// The error of an action that is wrong by its form.
struct Fault;

impl Scripted {
    pub(crate) const fn new(number: usize, script: Arc<Script>, known: Vec<usize>) -> Self {
        Self { number, cursor: Cursor::new(script), known, asked: Vec::new() }
    }

    pub(crate) fn handle(
        &mut self,
        event: Event,
        has_meta: bool,
        world: &mut World,
    ) -> (Vec<Action>, Result<(), String>) {
        match &event.seen {
            Seen::Boot => self.known.push(self.number),
            Seen::Spawned(pid) => self.known.push(*pid),
            _ => {}
        }
        world.lines.push(Line::Seen(self.number, event.token.first().copied().unwrap_or(0), event.seen));
        let (ops, end, why) = self.cursor.next_turn(self.number);
        let mut actions = Vec::new();
        let mut fault = None;
        for (op, why) in ops {
            match self.emit(op, why, has_meta, world.booted) {
                Ok(emitted) => actions.extend(emitted),
                Err(Fault) => fault = Some("fault".to_owned()),
            }
        }
        match (end, fault) {
            (End::Fail, _) => (actions, Err(why)),
            (End::Panic, _) => (actions, Err(format!("panic: {why}"))),
            (End::Return, Some(fault)) => (actions, Err(fault)),
            (End::Return, None) => (actions, Ok(())),
        }
    }

    fn emit(&mut self, op: Op, why: String, has_meta: bool, booted: usize) -> Result<Vec<Action>, Fault> {
        let (level, ask) = match op {
            Op::Add(level, name, role, kinds) => (level, self.add(level, name, role, kinds, has_meta)?),
            Op::AddAgain(level, name, kinds) => {
                let Some(name) = in_use(name, |name| self.role(level, name).is_some()) else {
                    return Ok(Vec::new());
                };
                let Some(role) = self.role(level, name).cloned() else { return Ok(Vec::new()) };
                (level, self.add(level, name, role, kinds_again(name, kinds), has_meta)?)
            }
            Op::Delete(level, name) => {
                let name = in_use(name, |name| self.role(level, name).is_some()).unwrap_or(name);
                self.asked.retain(|(at, other, _)| (*at, *other) != (level, name));
                (level, Ask::Delete(vec![name], why))
            }
            Op::Send(level, orientation, content) => (level, Ask::Send(orientation, content)),
            Op::Spawn(level, child, is_told, is_monitor) => {
                let token = is_told.then(|| vec![self.cursor.request()]);
                let monitor = is_monitor.then(|| vec![self.cursor.request()]);
                (level, Ask::Spawn(child, self.known.clone(), token, monitor))
            }
            Op::Quit(level) => (level, Ask::Quit(None, why)),
            Op::Kill(level, whom) => (level, Ask::Quit(Some(self.known[whom % self.known.len()]), why)),
            Op::KillAll => {
                let all = WITNESS + 1..booted;
                return Ok(all.map(|pid| Action::Local(Ask::Quit(Some(pid), why.clone()))).collect());
            }
            Op::Yield => return Ok(vec![Action::Yield(vec![self.cursor.request()])]),
            Op::Perform => return Ok(vec![Action::Perform(vec![self.cursor.request()])]),
        };
        match level {
            Level::Local => Ok(vec![Action::Local(ask)]),
            Level::Meta if has_meta => Ok(vec![Action::Meta(ask)]),
            Level::Meta => Err(Fault),
        }
    }

    /// Rules S2 and S8.
    fn add(
        &mut self,
        level: Level,
        name: usize,
        role: TreeRole,
        kinds: EventKinds,
        has_meta: bool,
    ) -> Result<Ask, Fault> {
        let token = vec![self.cursor.endpoint(level, name)];
        match self.role(level, name) {
            Some(other) if *other != role => return Err(Fault),
            Some(_) => {}
            None if level == Level::Meta && !has_meta => return Err(Fault),
            None => self.asked.push((level, name, role.clone())),
        }
        Ok(Ask::Add(Endpoint { owner: 0, id: 0, name: vec![name], role, token, kinds }))
    }

    fn role(&self, level: Level, name: usize) -> Option<&TreeRole> {
        self.asked.iter().find(|(at, other, _)| (*at, *other) == (level, name)).map(|(_, _, role)| role)
    }
}
