//! What there is here: the endpoints of shared types, of which the others are told.

use std::any::TypeId;
use std::collections::BTreeMap;

use marketplace_core::{EndpointId, Role};

/// The endpoints here, in the order in which they were created.
#[derive(Default)]
pub(super) struct Exports(BTreeMap<u64, Role>);

impl Exports {
    pub(super) fn add(&mut self, id: EndpointId, role: Role) {
        self.0.insert(id.0, role);
    }

    pub(super) fn remove(&mut self, id: EndpointId) {
        self.0.remove(&id.0);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first endpoint from `id` on that is of one of these types.
    pub(super) fn next(&self, id: u64, types: &[TypeId]) -> Option<(u64, &Role)> {
        let mut rest = self.0.range(id..);
        rest.find(|(_, role)| types.contains(&role.topic.message_type())).map(|(id, role)| (*id, role))
    }
}
