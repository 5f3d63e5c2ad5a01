//! Messages that are under way: sent, and not yet taken or dropped.

use std::any::TypeId;
use std::sync::Arc;

use super::count::Count;
use super::event::Sent;

/// One at most in each VM of those that lead to the innermost: while a VM of them delivers, those around it do.
#[derive(Debug, Default)]
pub(super) struct MessagesInFlight(Vec<Option<MessageInFlight>>);

#[derive(Debug)]
pub(super) struct MessageInFlight {
    pub(super) message_type: TypeId,
    pub(super) type_name: &'static str,
    pub(super) count: Count,
    /// Something, if it is written of.
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
