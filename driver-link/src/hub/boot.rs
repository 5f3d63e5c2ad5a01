//! The start of the process, and how long it keeps the program running.

use std::sync::Arc;

use futures::StreamExt;
use futures::channel::mpsc;
use marketplace_core::{
    Action, Actions, AddEndpoint, EventKinds, EventSource, GroundEvent, Interest, NetworkAction, Orientation,
    Reason, Role, Stopping, TakeOnce, Token, Value, topic,
};

use super::peer::Standing;
use super::{ARRIVALS, Arrived, Hub, STOPPING, WATCHES, WORK};
use crate::link::Link;
use crate::shared::SharedTypes;
use crate::transport::{TransportEvents, TransportStart};

/// The maximum number of transport events in one turn.
const AT_ONCE: usize = 64;

impl Hub {
    pub(super) fn boot(&mut self, actions: &mut Actions) -> anyhow::Result<()> {
        let Some(Link { shared, transports, .. }) = self.link.take() else { return Ok(()) };
        self.options.check()?;
        self.shared = Arc::new(SharedTypes::new(shared)?);
        self.watch(actions);
        let (sender, events) = mpsc::unbounded();
        let events = events.ready_chunks(AT_ONCE).map(TakeOnce::<Arrived>::new);
        // In the background: endpoints of this ground keep the program running, not events that may come.
        let source = EventSource::once("events of transports", events).in_background();
        let role = Role::subscriber(topic!(GroundEvent { source, .. }));
        actions.push(add("events", role, ARRIVALS, EventKinds::MESSAGE));
        let role = Role::subscriber(topic!(Stopping { .. })).with_interest(Interest::Observer);
        actions.push(add("stopping", role, STOPPING, EventKinds::PRESENCE));
        for (number, transport) in transports.into_iter().enumerate() {
            let events = TransportEvents::new(number, sender.clone());
            let start = TransportStart { ground: self.ground, shared: Arc::clone(&self.shared), events };
            self.transports.push(transport.start(start)?);
        }
        Ok(())
    }

    /// Observes all endpoints of shared types. The observers see each other too, and learn which these are when they settle.
    fn watch(&self, actions: &mut Actions) {
        for (number, shared) in self.shared.iter().enumerate() {
            for orientation in [Orientation::Publisher, Orientation::Subscriber] {
                let Some(topic) = shared.told(orientation.opposite()) else { continue };
                let role = Role { orientation, interest: Interest::Everything, topic };
                let name = ("watch", number, i64::from(orientation == Orientation::Publisher)).into();
                let kinds = EventKinds::PRESENCE | EventKinds::ABSENCE | EventKinds::SETTLED;
                let watch = AddEndpoint { name, role, token: WATCHES, kinds };
                actions.push(Action::Local(NetworkAction::Add(watch)));
            }
        }
    }

    /// Keeps the program running while this ground has a shared endpoint and no stop was requested, and until everything that
    /// was accepted has been acknowledged.
    pub(super) fn keep_the_program(&mut self, actions: &mut Actions) {
        let goes_on = !self.is_stopping && !self.exports.is_empty();
        let mut keeps = goes_on;
        for peer in self.peers.iter_mut().filter(|peer| peer.standing == Standing::Open) {
            if !goes_on && peer.outbox.is_unfinished() {
                keeps = true;
                peer.is_due |= peer.outbox.hurry();
            }
        }
        if keeps == self.keeps_the_program {
            return;
        }
        self.keeps_the_program = keeps;
        actions.push(match keeps {
            true => {
                let role = Role::subscriber(topic!(GroundEvent { source: &self.work, .. }));
                add("work", role, WORK, EventKinds::NONE)
            }
            false => Action::Local(NetworkAction::Delete { name: "work".into(), reason: Reason::normal() }),
        });
    }
}

fn add(name: &str, role: Role, token: Token, kinds: EventKinds) -> Action {
    Action::Local(NetworkAction::Add(AddEndpoint { name: Value::from(name), role, token, kinds }))
}
