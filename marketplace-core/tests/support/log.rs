//! A log that processes write to.

use std::fmt::Display;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use marketplace_core::{
    Action, Actions, Actor, AddEndpoint, Context, Event, EventKinds, NetworkAction, Role, Spawn, Token,
};

use super::Say;

/// The lines that the processes of a program log, in order.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

/// Writes a line when it is dropped.
pub(crate) struct Epitaph(Log, &'static str);

impl Log {
    pub(crate) fn add(&self, line: impl Display) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line.to_string());
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The lines since the last call.
    pub(crate) fn take(&self) -> Vec<String> {
        mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A state that shows when its process ends.
    pub(crate) fn epitaph(&self, line: &'static str) -> Epitaph {
        Epitaph(self.clone(), line)
    }

    /// Logs an event of the endpoint `who`.
    pub(crate) fn event(&self, who: &str, event: &Event<'_>) {
        match event {
            Event::Presence { role, .. } => self.add(format_args!("{who} + {:?}", role.topic)),
            Event::Absence { role, reason, .. } => {
                self.add(format_args!("{who} - {:?}, {reason}", role.topic))
            }
            Event::Settled { peers, .. } => self.add(format_args!("{who} settled, {peers}")),
            Event::Message { message, .. } => match message.downcast_ref::<Say>() {
                Some(Say(_, word)) => self.add(format_args!("{who}: {word}")),
                None => self.add(format_args!("{who}: {message:?}")),
            },
            other => self.add(format_args!("{who}, {other:?}")),
        }
    }

    /// A handler that logs the events of an endpoint.
    pub(crate) fn events<S: 'static>(
        &self,
        who: &'static str,
    ) -> impl FnMut(&mut S, &mut Context<'_, S>, &Event<'_>) -> anyhow::Result<()> + Send + use<S> {
        let log = self.clone();
        move |_, _, event| {
            log.event(who, event);
            Ok(())
        }
    }

    /// A process with one endpoint, which logs every event that it receives.
    pub(crate) fn watcher(&self, who: &'static str, role: Role) -> Spawn {
        Spawn::actor(Watcher { log: self.clone(), who, role: Some(role) })
    }
}

impl Drop for Epitaph {
    fn drop(&mut self) {
        self.0.add(self.1);
    }
}

struct Watcher {
    log: Log,
    who: &'static str,
    role: Option<Role>,
}

impl Actor for Watcher {
    fn handle(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
        match self.role.take() {
            Some(role) => {
                let add =
                    AddEndpoint { name: self.who.into(), role, token: Token(0), kinds: EventKinds::ALL };
                actions.push(Action::Local(NetworkAction::Add(add)));
            }
            None => self.log.event(self.who, &event),
        }
        Ok(())
    }
}
