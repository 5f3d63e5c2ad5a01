//! Presence and absence: which endpoints are told of each other (rules S6 to S9).

use tracing::{error, trace};

use super::VirtualMachine;
use super::index::{Peer, Peers};
use super::members::Member;
use super::outward::outside_name;
use super::processes::Processes;
use crate::actions::{EndpointKey, Installed, Place, Target};
use crate::panic::guard;
use crate::{
    Action, Actions, AddEndpoint, EndpointId, Event, EventKinds, NetworkAction, Reason, Role, Token, Value,
};

impl VirtualMachine {
    /// Rules S6, S8 and S9. All users' code that may panic runs before the first change (rule S2).
    pub(super) fn add(&mut self, slot: usize, target: Target, add: AddEndpoint) {
        match target {
            Target::New(id) => self.create(slot, id, add),
            Target::Existing(id) => self.update(slot, id, &add),
            Target::None => {}
        }
    }

    fn create(&mut self, slot: usize, id: EndpointKey, add: AddEndpoint) {
        let AddEndpoint { name, role, token, kinds } = add;
        let Self { processes, index, .. } = self;
        let Some(installed) = processes.get_mut(slot).and_then(|entry| entry.endpoints.get_mut(id)) else {
            return;
        };
        trace!(?name, ?role, "endpoint added");
        let peers = index.peers(&role);
        let interest = role.interest;
        let own =
            Member { serial: installed.serial, process: slot, token, interest, kinds, is_removed: false };
        let Some(topic) = index.insert(&role, own) else { return };
        installed.place = Place::Here(topic);
        if processes.is_traced() {
            processes.trace_added(own, &name, &role);
        }
        for peer in peers.iter() {
            tell(processes, &role, own, peer, EventKinds::PRESENCE, |token, peer, role| Event::Presence {
                token,
                peer,
                role,
            });
        }
        if kinds.contains(EventKinds::SETTLED) {
            let peers = peers.iter().filter(|peer| peer.member.interest.is_visible_to(role.interest)).count();
            processes.turn(slot, Event::Settled { token, endpoint: EndpointId(own.serial), peers });
        }
    }

    fn update(&mut self, slot: usize, id: EndpointKey, add: &AddEndpoint) {
        let Self { processes, index, .. } = self;
        let Some(installed) = processes.get_mut(slot).and_then(|entry| entry.endpoints.get_mut(id)) else {
            return;
        };
        let Some(before) = index.update(installed, add.token, add.kinds) else { return };
        if processes.is_traced() {
            processes.trace_updated(before, add.kinds);
        }
        processes.turn(slot, Event::Closed { token: before.token });
    }

    /// Rule S7. All users' code that may panic runs before the first change (rule S2).
    pub(super) fn delete(&mut self, slot: usize, target: Target, name: &Value, reason: &Reason) {
        let Target::Existing(id) = target else { return };
        let Some(entry) = self.processes.get_mut(slot) else { return };
        let Some(installed) = entry.endpoints.get(id) else { return };
        trace!(?name, role = ?installed.role, %reason, "endpoint deleted");
        let peers = self.index.peers(&installed.role);
        let Some(installed) = entry.endpoints.remove(id) else { return };
        self.remove_endpoint(&installed, &peers, reason);
    }

    /// Rule S7, for an endpoint of a process that leaves.
    pub(super) fn withdraw(&mut self, installed: Installed, reason: &Reason, outside: &mut Actions) {
        let Installed { serial, role, place } = &installed;
        match place {
            Place::Nowhere => {}
            Place::Here(_) => {
                // Try twice: code that panics only once does not suppress the absence.
                let peers = guard(|| self.index.peers(role)).or_else(|_| guard(|| self.index.peers(role)));
                let peers = peers.unwrap_or_else(|error| {
                    error!(%error, "a topic panicked, and its peers get no absence");
                    Peers::default()
                });
                self.remove_endpoint(&installed, &peers, reason);
                trace!(?role, %reason, "endpoint deleted");
            }
            Place::Outside(_) => {
                let (name, reason) = (outside_name(*serial), reason.clone());
                outside.push(Action::Local(NetworkAction::Delete { name, reason }));
            }
        }
    }

    /// Tells an endpoint and its peers of each other's absence. The index is not used meanwhile, so it is changed
    /// last: a topic may panic when it is dropped.
    fn remove_endpoint(&mut self, installed: &Installed, peers: &Peers, reason: &Reason) {
        let Some(own) = self.index.find(installed).copied() else { return };
        if self.processes.is_traced() {
            self.processes.trace_deleted(own, &installed.role, reason);
        }
        for peer in peers.iter() {
            tell(
                &mut self.processes,
                &installed.role,
                own,
                peer,
                EventKinds::ABSENCE,
                |token, peer, role| Event::Absence { token, peer, role, reason: reason.clone() },
            );
        }
        self.processes.turn(own.process, Event::Closed { token: own.token });
        self.index.remove(&installed.role, installed.place, installed.serial);
    }
}

/// Tells a pair of endpoints of each other: first the peer of `own`, then `own` of the peer. Each is told only if the
/// other is visible to it and it handles such events.
fn tell(
    processes: &mut Processes,
    role: &Role,
    own: Member,
    peer: &Peer,
    kind: EventKinds,
    event: impl Fn(Token, EndpointId, Role) -> Event<'static>,
) {
    let Peer { member, conversation } = peer;
    let both = [(own, role.orientation, member), (*member, role.orientation.opposite(), &own)];
    let is_traced = processes.is_traced();
    for (subject, orientation, told) in both {
        if subject.interest.is_visible_to(told.interest) && (is_traced || told.kinds.contains(kind)) {
            let role = Role { orientation, interest: subject.interest, topic: conversation.clone() };
            let event = event(told.token, EndpointId(subject.serial), role);
            if is_traced {
                processes.pair_traced(told, told.kinds.contains(kind), event);
            } else {
                processes.quiet_turn(told.process, event);
            }
        }
    }
}
