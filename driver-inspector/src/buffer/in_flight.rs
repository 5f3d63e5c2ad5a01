//! Messages in flight: those that were sent, and whose deliveries are not done yet.

use std::any::TypeId;
use std::sync::Arc;

use super::count::Count;
use super::event::Sent;

/// At most one for each VM on the path to the innermost: while a nested VM delivers a message, the VMs that contain it are
/// in the middle of a delivery, too.
#[derive(Debug, Default)]
pub(super) struct MessagesInFlight(Vec<Option<MessageInFlight>>);

#[derive(Debug)]
pub(super) struct MessageInFlight {
    pub(super) message_type: TypeId,
    pub(super) type_name: &'static str,
    pub(super) count: Count,
    /// `Some` if the message is recorded.
    pub(super) sent: Option<Arc<Sent>>,
}

impl MessagesInFlight {
    pub(super) fn begin(&mut self, depth: usize, flight: MessageInFlight) {
        if self.0.len() <= depth {
            self.0.resize_with(depth + 1, || None);
        }
        self.0[depth] = Some(flight);
    }

    pub(super) fn at(&mut self, depth: usize) -> Option<&mut MessageInFlight> {
        self.0.get_mut(depth)?.as_mut()
    }

    pub(super) fn end(&mut self, depth: usize) -> Option<MessageInFlight> {
        self.0.get_mut(depth)?.take()
    }
}
