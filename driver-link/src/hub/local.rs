//! Local events: what happens in this ground and is reported to others.

use marketplace_core::{AnyMessage, EndpointId, Reason, Role, Token};

use super::Hub;
use super::peer::Standing;
use crate::error::Cause;
use crate::frame::Frame;

impl Hub {
    /// A local endpoint has appeared.
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

    /// A local endpoint is gone.
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

    /// A mirror has received a message.
    pub(super) fn hear(&mut self, token: Token, message: &AnyMessage) {
        if self.brackets.is_inside() {
            return;
        }
        let Some(mirror) = self.mirrors.get(token) else { return };
        let Some(at) = self.find(mirror.ground) else { return };
        let peer = &mut self.peers[at];
        // A message for a mirror that is about to be deleted is lost, like a message for a process that is leaving.
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

    /// Ends a session in which too many frames wait.
    fn bound_peer(&mut self, at: usize) {
        let limit = self.options.limit;
        let is_over = |hub: &Self| hub.peers[at].outbox.waiting() > limit;
        if self.peers[at].standing == Standing::Open && is_over(self) {
            // Frames for which there is room do not wait.
            self.send(at);
            if is_over(self) {
                self.begin_anew(at, Cause::Overrun { limit });
            }
        }
    }
}
