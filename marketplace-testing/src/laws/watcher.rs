//! An actor that watches a role, for messages of any type.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use marketplace_core::{
    Action, Actions, Actor, AddEndpoint, Event, EventKinds, Interest, NetworkAction, Reason, Role, Spawn,
    Stopping, Token, topic,
};

/// What the watcher has received.
#[derive(Clone, Default)]
pub(super) struct Watched(Arc<Mutex<Sight>>);

/// Counts of events. They are counted and not stored, since the thousand cycles measure memory.
#[derive(Default)]
pub(super) struct Sight {
    /// How many endpoints are present.
    pub(super) present: usize,
    /// How many presences there were.
    pub(super) came: usize,
    /// How many absences there were, and how many of them with an error.
    pub(super) went: usize,
    pub(super) failed: usize,
    /// How many messages were received.
    pub(super) messages: usize,
}

/// The watcher. It only observes, so no participant sees it.
struct Watcher {
    role: Option<Role>,
    watched: Watched,
}

/// The endpoint that watches the role.
const WATCHES: Token = Token(0);

/// The endpoint that learns of the stop.
const STOPS: Token = Token(1);

impl Watched {
    /// The counts of a role, and the process that watches it.
    pub(super) fn new(role: &Role) -> (Self, Spawn) {
        let watched = Self::default();
        let role = Role {
            orientation: role.orientation.opposite(),
            interest: Interest::Observer,
            topic: role.topic.clone(),
        };
        let watcher = Watcher { role: Some(role), watched: watched.clone() };
        (watched, Spawn::actor(watcher).named(super::scene::OWN))
    }

    pub(super) fn sight(&self) -> MutexGuard<'_, Sight> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Actor for Watcher {
    fn handle(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
        if let Some(role) = self.role.take() {
            let stops = Role::subscriber(topic!(Stopping { .. })).with_interest(Interest::Observer);
            for (name, role, token) in [("watches", role, WATCHES), ("stops", stops, STOPS)] {
                let kinds = EventKinds::PRESENCE | EventKinds::ABSENCE | EventKinds::MESSAGE;
                let add = AddEndpoint { name: name.into(), role, token, kinds };
                actions.push(Action::Local(NetworkAction::Add(add)));
            }
        } else if event.token() == Some(WATCHES) {
            self.watched.sight().note(event);
        } else if let Event::Presence { .. } = event {
            actions.push(Action::Local(NetworkAction::Quit { pid: None, reason: Reason::normal() }));
        }
        Ok(())
    }
}

impl Sight {
    fn note(&mut self, event: Event<'_>) {
        match event {
            Event::Presence { .. } => {
                self.present += 1;
                self.came += 1;
            }
            Event::Absence { reason, .. } => {
                self.present = self.present.saturating_sub(1);
                self.went += 1;
                self.failed += usize::from(reason.as_error().is_some());
            }
            Event::Message { .. } => self.messages += 1,
            _ => {}
        }
    }
}
