//! An endpoint, as the inspector knows it.

use marketplace_core::{EndpointId, EventKinds, Role, Value};

#[derive(Clone, Debug)]
pub(crate) struct KnownEndpoint {
    /// Its number in the network that it is in.
    pub(crate) id: EndpointId,
    pub(crate) name: Value,
    pub(crate) role: Role,
    pub(crate) kinds: EventKinds,
    /// Whether its process has it at the meta level: so it is in the network around its VM.
    pub(crate) is_meta: bool,
}
