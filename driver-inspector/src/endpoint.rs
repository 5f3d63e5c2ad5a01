//! What the inspector knows of an endpoint.

use marketplace_core::{EndpointId, EventKinds, Role, Value};

#[derive(Clone, Debug)]
pub(crate) struct KnownEndpoint {
    /// Its number in its network.
    pub(crate) id: EndpointId,
    pub(crate) name: Value,
    pub(crate) role: Role,
    pub(crate) kinds: EventKinds,
    /// Whether it is at the meta level, that is, in the network of the VM that contains its process' VM.
    pub(crate) is_meta: bool,
}
