//! The exports: endpoints of shared types in this ground, which are reported to others.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::ops::Range;

use marketplace_core::{EndpointId, Role};

/// The endpoints, in the order in which they were created.
#[derive(Default)]
pub(super) struct Exports {
    endpoints: BTreeMap<u64, Role>,
    /// The observers of the hub.
    ignored: Vec<EndpointId>,
}

impl Exports {
    pub(super) fn add(&mut self, id: EndpointId, role: Role) {
        if !self.ignored.contains(&id) {
            self.endpoints.insert(id.0, role);
        }
    }

    /// Excludes an endpoint from the exports.
    pub(super) fn ignore(&mut self, id: EndpointId) {
        self.ignored.push(id);
        self.remove(id);
    }

    pub(super) fn remove(&mut self, id: EndpointId) {
        self.endpoints.remove(&id.0);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.endpoints.is_empty()
    }

    /// A number above those of all endpoints. Later endpoints have this number or a higher one.
    pub(super) fn end(&self) -> u64 {
        self.endpoints.last_key_value().map_or(0, |(id, _)| id + 1)
    }

    /// The first endpoint with one of these numbers that is of one of these types.
    pub(super) fn next(&self, ids: &Range<u64>, types: &[TypeId]) -> Option<(u64, &Role)> {
        let mut endpoints = self.endpoints.range(ids.clone());
        endpoints.find(|(_, role)| types.contains(&role.topic.message_type())).map(|(id, role)| (*id, role))
    }
}
