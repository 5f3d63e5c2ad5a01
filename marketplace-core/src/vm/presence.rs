//! Who is told of whom: rules S6 to S9.

use tracing::{error, trace};

use super::VirtualMachine;
use super::index::{Peer, Peers, Place};
use super::members::Member;
use super::processes::Processes;
use crate::actions::{Installed, Whereabouts};
use crate::panic::guard;
use crate::{Action, Actions, AddEndpoint, Event, Kinds, Level, NetworkAction, Reason, Role, Token, Value};

impl VirtualMachine {
    /// Rules S6, S8 and S9. What may panic in a user's code comes before the first change (rule S2).
    pub(super) fn add(&mut self, slot: usize, add: AddEndpoint) {
        let AddEndpoint { name, role, token, kinds } = add;
        let serial = self.next_serial();
        let Self { processes, index, .. } = self;
        let Some(entry) = processes.get_mut(slot) else { return };
        let installed = entry.actions.installed_mut(Level::Local, &name);
        if let Some(installed) = installed.clone() {
            return self.update(slot, &installed, token, kinds);
        }
        trace!(?name, ?role, "endpoint added");
        let peers = index.peers(&role);
        let interest = role.interest;
        let own = Member { serial, process: slot, token, interest, kinds, is_removed: false };
        let Some(place) = index.insert(&role, own) else { return };
        *installed = Some(Installed { serial, role: role.clone(), whereabouts: Whereabouts::Here(place) });
        for peer in &peers {
            tell(processes, &role, own, peer, Kinds::PRESENCE, |token, role| Event::Presence { token, role });
        }
        if kinds.contains(Kinds::SETTLED) {
            let peers = peers.iter().filter(|peer| peer.member.interest.is_visible_to(role.interest)).count();
            processes.turn(slot, Event::Settled { token, peers });
        }
    }

    fn update(&mut self, slot: usize, installed: &Installed, token: Token, kinds: Kinds) {
        let Whereabouts::Here(place) = installed.whereabouts else { return };
        let Some(member) = self.index.find(&installed.role, place, installed.serial) else { return };
        let closed = std::mem::replace(&mut member.token, token);
        member.kinds = kinds;
        self.processes.turn(slot, Event::Closed { token: closed });
    }

    /// Rule S7. What may panic in a user's code comes before the first change (rule S2).
    pub(super) fn delete(&mut self, slot: usize, name: &Value, reason: &Reason) {
        let Some(entry) = self.processes.get_mut(slot) else { return };
        let Some(Installed { role, .. }) = entry.actions.installed(Level::Local, name) else { return };
        trace!(?name, ?role, %reason, "endpoint deleted");
        let peers = self.index.peers(role);
        let Some(installed) = entry.actions.uninstall(Level::Local, name) else { return };
        if let Whereabouts::Here(place) = installed.whereabouts {
            self.remove_endpoint(&installed, place, &peers, reason);
        }
    }

    /// Rule S7, for an endpoint of a process that leaves.
    pub(super) fn withdraw(&mut self, installed: Installed, reason: &Reason, outside: &mut Actions) {
        match &installed.whereabouts {
            Whereabouts::Here(place) => {
                let role = &installed.role;
                // What panics but once does not hide the absence.
                let peers = guard(|| self.index.peers(role)).or_else(|_| guard(|| self.index.peers(role)));
                let peers = peers.unwrap_or_else(|error| {
                    error!(%error, "a topic panicked, its peers are not told of their absence");
                    Peers::new()
                });
                self.remove_endpoint(&installed, *place, &peers, reason);
                trace!(?role, %reason, "endpoint deleted");
            }
            Whereabouts::Outside { name, .. } => {
                let (name, reason) = ((*name).into(), reason.clone());
                outside.push(Action::Local(NetworkAction::Delete { name, reason }));
            }
        }
    }

    /// Tells an endpoint and its peers of each other's absence. Nobody looks into the index meanwhile, so it
    /// is changed last: a topic may panic as it is dropped.
    fn remove_endpoint(&mut self, installed: &Installed, place: Place, peers: &[Peer], reason: &Reason) {
        let Installed { serial, role, .. } = installed;
        let Some(own) = self.index.find(role, place, *serial).copied() else { return };
        for peer in peers {
            tell(&mut self.processes, role, own, peer, Kinds::ABSENCE, |token, role| Event::Absence {
                token,
                role,
                reason: reason.clone(),
            });
        }
        self.processes.turn(own.process, Event::Closed { token: own.token });
        self.index.remove(role, place, *serial);
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
    event: impl Fn(Token, Role) -> Event<'static>,
) {
    let Peer { member, conversation } = peer;
    let both = [(own, role.orientation, member), (*member, role.orientation.opposite(), &own)];
    for (subject, orientation, told) in both {
        if subject.interest.is_visible_to(told.interest) && told.kinds.contains(kind) {
            let role = Role { orientation, interest: subject.interest, topic: conversation.clone() };
            processes.turn(told.process, event(told.token, role));
        }
    }
}
