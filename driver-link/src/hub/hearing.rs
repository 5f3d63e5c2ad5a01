//! What there is and happens here, and is to be told to the others.

use marketplace_core::{AnyMessage, EndpointId, Reason, Role, Token};

use super::Hub;
use super::peer::Standing;
use crate::error::Cause;
use crate::frame::Frame;

impl Hub {
    /// An endpoint here has appeared.
    pub(super) fn see(&mut self, id: EndpointId, role: Role) {
        if self.brackets.is_inside() {
            return;
        }
        for peer in &mut self.peers {
            peer.is_due |= peer.outbox.added(id, &role);
        }
        self.exports.add(id, role);
        self.bound();
    }

    /// An endpoint here has gone.
    pub(super) fn miss(&mut self, id: EndpointId, role: &Role, reason: &Reason) {
        if self.brackets.is_inside() {
            return;
        }
        self.exports.remove(id);
        for peer in &mut self.peers {
            peer.is_due |= peer.outbox.removed(id, role, reason);
        }
        self.bound();
    }

    /// A mirror has heard a message.
    pub(super) fn hear(&mut self, token: Token, message: &AnyMessage) {
        if self.brackets.is_inside() {
            return;
        }
        let Some(mirror) = self.mirrors.get(token) else { return };
        let Some(at) = self.find(mirror.ground) else { return };
        let peer = &mut self.peers[at];
        // What a mirror hears that is about to go is lost, as what a process hears that is leaving.
        if peer.session != mirror.session || peer.is_sent_on(message, mirror) {
            return;
        }
        let shared = self.shared.get(message.message_type());
        if shared.is_some_and(|shared| shared.passes_outward(message)) {
            let orientation = mirror.orientation.opposite();
            peer.outbox.push(Frame::Message { orientation, message: message.clone() });
            peer.is_due = true;
            if peer.outbox.has_a_batch() {
                self.send(at);
            }
            self.bound_peer(at);
        }
    }

    fn bound(&mut self) {
        (0..self.peers.len()).for_each(|at| self.bound_peer(at));
    }

    /// Gives up a session in which too much waits.
    fn bound_peer(&mut self, at: usize) {
        let limit = self.options.limit;
        let is_over = |hub: &Self| hub.peers[at].outbox.waiting() > limit;
        if self.peers[at].standing == Standing::Open && is_over(self) {
            // What there is room for does not wait.
            self.send(at);
            if is_over(self) {
                self.begin_anew(at, Cause::Overrun { limit });
            }
        }
    }
}
