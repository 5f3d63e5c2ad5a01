//! How the process begins, and how long the program goes on for its sake.

use std::sync::Arc;

use futures::StreamExt;
use futures::channel::mpsc;
use marketplace_core::{
    Action, Actions, AddEndpoint, EventKinds, EventSource, GroundEvent, Interest, NetworkAction, Orientation,
    Reason, Role, Stopping, TakeOnce, Token, Value, topic,
};

use super::peer::Standing;
use super::{ARRIVALS, Arrived, Hub, STOPPING, WATCHES, WORK};
use crate::carrier::{Arrivals, Start};
use crate::link::Link;
use crate::shared::SharedTypes;

/// How many of the carriers' tellings one turn takes at most.
const AT_ONCE: usize = 64;

impl Hub {
    pub(super) fn boot(&mut self, actions: &mut Actions) -> anyhow::Result<()> {
        let Some(Link { shared, carriers, .. }) = self.link.take() else { return Ok(()) };
        self.options.check()?;
        self.shared = Arc::new(SharedTypes::new(shared)?);
        self.watch(actions);
        let (sender, arrivals) = mpsc::unbounded();
        let arrivals = arrivals.ready_chunks(AT_ONCE).map(TakeOnce::<Arrived>::new);
        // In the background: what keeps the program is what there is here, not what may come.
        let source = EventSource::once("what comes over links", arrivals).in_background();
        let role = Role::subscriber(topic!(GroundEvent { source, .. }));
        actions.push(add("arrivals", role, ARRIVALS, EventKinds::MESSAGE));
        let role = Role::subscriber(topic!(Stopping { .. })).with_interest(Interest::Observer);
        actions.push(add("stopping", role, STOPPING, EventKinds::PRESENCE));
        for (number, carrier) in carriers.into_iter().enumerate() {
            let arrivals = Arrivals::new(number, sender.clone());
            let start = Start { ground: self.ground, shared: Arc::clone(&self.shared), arrivals };
            self.carriers.push(carrier.start(start)?);
        }
        Ok(())
    }

    /// Watches all endpoints of what is shared. The watches see each other too; which they are, they learn as they settle.
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

    /// Has the program go on while something here is shared and no stop has been asked for, and until what has been
    /// accepted has been taken over there.
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
