//! Who is told of whom: rules S6 to S9.

use tracing::trace;

use super::VirtualMachine;
use super::index::Peer;
use super::members::Member;
use super::processes::Processes;
use crate::actions::{Installed, Level, Whereabouts};
use crate::{AddEndpoint, Event, Kinds, Reason, Role, Value};

impl VirtualMachine {
    /// Rules S6, S8 and S9.
    pub(super) fn add(&mut self, slot: usize, add: AddEndpoint) {
        let AddEndpoint { name, role, token, kinds } = add;
        let Some(entry) = self.processes.get_mut(slot) else { return };
        if let Some(installed) = entry.actions.installed(Level::Local, &name).cloned() {
            return self.update(slot, &installed, token, kinds);
        }
        // All that may panic in a user's code comes before the first change.
        let peers = self.index.peers(&role);
        let own = Member { serial: self.next_serial(), process: slot, token, interest: role.interest, kinds };
        let Some(place) = self.index.insert(&role, own) else { return };
        trace!(?name, ?role, "endpoint added");
        if let Some(entry) = self.processes.get_mut(slot) {
            let whereabouts = Whereabouts::Here(place);
            entry.actions.install(
                Level::Local,
                &name,
                Installed { serial: own.serial, role: role.clone(), whereabouts },
            );
        }
        for peer in &peers {
            tell(&mut self.processes, &role, own, peer, Kinds::PRESENCE, |token, role| Event::Presence {
                token,
                role,
            });
        }
        if kinds.contains(Kinds::SETTLED) {
            let peers = peers.iter().filter(|peer| peer.member.interest.is_visible_to(role.interest)).count();
            self.processes.turn(slot, Event::Settled { token, peers });
        }
    }

    fn update(&mut self, slot: usize, installed: &Installed, token: crate::Token, kinds: Kinds) {
        let Whereabouts::Here(place) = installed.whereabouts else { return };
        let Some(member) = self.index.find(&installed.role, place, installed.serial) else { return };
        let closed = std::mem::replace(&mut member.token, token);
        member.kinds = kinds;
        self.processes.turn(slot, Event::Closed { token: closed });
    }

    /// Rule S7.
    pub(super) fn delete(&mut self, slot: usize, name: &Value, reason: &Reason) {
        let Some(entry) = self.processes.get_mut(slot) else { return };
        let Some(installed) = entry.actions.installed(Level::Local, name).cloned() else { return };
        let Installed { serial, role, whereabouts: Whereabouts::Here(place) } = installed else { return };
        let peers = self.index.peers(&role);
        let Some(own) = self.index.find(&role, place, serial).copied() else { return };
        if let Some(entry) = self.processes.get_mut(slot) {
            entry.actions.uninstall(Level::Local, name);
        }
        self.index.remove(&role, place, serial);
        trace!(?name, ?role, %reason, "endpoint deleted");
        for peer in &peers {
            tell(&mut self.processes, &role, own, peer, Kinds::ABSENCE, |token, role| Event::Absence {
                token,
                role,
                reason: reason.clone(),
            });
        }
        self.processes.turn(slot, Event::Closed { token: own.token });
    }

    pub(super) fn next_serial(&mut self) -> u64 {
        self.next_serial += 1;
        self.next_serial
    }
}

/// Tells a pair of endpoints of each other: first the peer of `own`, then `own` of the peer, as each is
/// visible to the other and handles such events.
fn tell(
    processes: &mut Processes,
    role: &Role,
    own: Member,
    peer: &Peer,
    kind: Kinds,
    event: impl Fn(crate::Token, Role) -> Event,
) {
    let Peer { member, conversation } = peer;
    let both = [(own, role.orientation, member), (*member, role.orientation.opposite(), &own)];
    for (subject, orientation, told) in both {
        if subject.interest.is_visible_to(told.interest) && told.kinds.contains(kind) {
            let role = Role::refined(orientation, subject.interest, conversation.clone());
            processes.turn(told.process, event(told.token, role));
        }
    }
}
