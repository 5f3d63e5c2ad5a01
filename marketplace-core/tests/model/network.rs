//! The network of the model's VM: presence, absence and messages.

use marketplace_core::{EventKinds, Interest, Orientation};

use super::asked::{Endpoint, Event, Path, World};
use super::model::Vm;
use super::told::Told;
use super::trace::Seen;
use super::vocabulary::{Content, TreeRole};

impl Vm {
    /// Rules S6, S8 and S9.
    pub(crate) fn add(&mut self, new: Endpoint, world: &mut World) {
        let is_same = |other: &&mut Endpoint| other.owner == new.owner && other.name == new.name;
        if let Some(same) = self.endpoints.iter_mut().find(is_same) {
            let new = Endpoint { id: same.id, ..new };
            let told = Told::Updated(new.id, new.kinds);
            let Endpoint { owner, token, .. } = std::mem::replace(same, new);
            self.tell(owner, &told, world);
            self.turn(owner, Event { token, seen: Seen::Closed }, world);
            return;
        }
        let others = self.endpoints.clone();
        let new = Endpoint { id: self.created, ..new };
        self.created += 1;
        self.endpoints.push(new.clone());
        self.tell(new.owner, &Told::Added(new.id, new.role.clone(), new.kinds), world);
        let mut peers = 0;
        for other in &others {
            self.introduce(other, &new, EventKinds::PRESENCE, Seen::Presence, world);
            if self.introduce(&new, other, EventKinds::PRESENCE, Seen::Presence, world) {
                peers += 1;
            }
        }
        if new.kinds.contains(EventKinds::SETTLED) {
            self.turn(new.owner, Event { token: new.token, seen: Seen::Settled(peers) }, world);
        }
    }

    /// Rule S7.
    pub(crate) fn delete(&mut self, owner: usize, name: &Path, reason: &str, world: &mut World) {
        let is_meant = |endpoint: &Endpoint| endpoint.owner == owner && endpoint.name == *name;
        let Some(position) = self.endpoints.iter().position(is_meant) else { return };
        let old = self.endpoints.remove(position);
        let absence = |role| Seen::Absence(role, reason.to_owned());
        self.tell(owner, &Told::Deleted(old.id, old.role.clone(), reason.to_owned()), world);
        for other in self.endpoints.clone() {
            self.introduce(&other, &old, EventKinds::ABSENCE, absence, world);
            self.introduce(&old, &other, EventKinds::ABSENCE, absence, world);
        }
        self.turn(owner, Event { token: old.token, seen: Seen::Closed }, world);
    }

    /// Reports endpoint `about` to endpoint `told`, if they match and `about` is visible. Returns whether they do.
    fn introduce(
        &mut self,
        told: &Endpoint,
        about: &Endpoint,
        kind: EventKinds,
        seen: impl Fn(TreeRole) -> Seen,
        world: &mut World,
    ) -> bool {
        let is_visible =
            about.role.interest == Interest::Participant || told.role.interest == Interest::Everything;
        if about.role.orientation == told.role.orientation || !is_visible {
            return false;
        }
        let Some(topic) = about.role.topic.intersection(&told.role.topic) else { return false };
        let seen = seen(TreeRole { topic, ..about.role.clone() });
        self.tell_pair(told, about, &seen, world);
        if told.kinds.contains(kind) {
            self.turn(told.owner, Event { token: told.token.clone(), seen }, world);
        }
        true
    }

    /// Rule S5.
    pub(crate) fn send(&mut self, p: usize, orientation: Orientation, content: &Content, world: &mut World) {
        self.tell(p, &Told::Sent(orientation, content.clone()), world);
        let mut is_taken = false;
        for Endpoint { owner, id, role, token, kinds, .. } in self.endpoints.clone() {
            if role.orientation == orientation || role.topic.intersection(&content.matched).is_none() {
                continue;
            }
            let is_heard = kinds.contains(EventKinds::MESSAGE) || role.interest == Interest::Participant;
            if self.is_leaving(owner) || !is_heard {
                continue;
            }
            self.tell(owner, &Told::Delivered(id, content.clone()), world);
            is_taken |= role.interest == Interest::Participant;
            if kinds.contains(EventKinds::MESSAGE) {
                self.turn(owner, Event { token, seen: Seen::Message(content.clone()) }, world);
            }
        }
        self.tell(p, if is_taken { &Told::Taken } else { &Told::Dropped }, world);
        if !is_taken {
            *world.dropped.entry(self.number).or_default() += 1;
        }
    }

    /// Records in the trace that an endpoint has received the presence or absence of another.
    fn tell_pair(&self, told: &Endpoint, about: &Endpoint, seen: &Seen, world: &mut World) {
        let line = match seen.clone() {
            Seen::Absence(role, reason) => Told::Absence(told.id, about.id, role, reason),
            Seen::Presence(role) => Told::Presence(told.id, about.id, role),
            _ => return,
        };
        self.tell(told.owner, &line, world);
    }
}
