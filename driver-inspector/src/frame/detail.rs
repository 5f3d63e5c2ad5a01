//! The detail view of a process.

use serde::Serialize;

use super::{Number, Row};

/// The detail view of a process.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Detail {
    pub(crate) row: Row,
    /// The names of the VMs that contain it, the ground first.
    pub(crate) path: Vec<String>,
    /// The process that started it.
    pub(crate) started_by: Option<String>,
    /// At most 100.
    pub(crate) endpoints: Vec<Endpoint>,
    pub(crate) hidden_endpoints: usize,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Endpoint {
    /// Its number in its network.
    pub(crate) id: u64,
    /// The VM in whose network it is.
    pub(crate) vm: Number,
    pub(crate) name: String,
    /// As it is written in code: `subscriber(topic!(Said { room: "lobby", .. }))`.
    pub(crate) role: String,
    #[serde(rename = "type")]
    pub(crate) message_type: String,
    pub(crate) is_meta: bool,
    /// The kinds of event that it handles, such as `messages`.
    pub(crate) handles: Vec<&'static str>,
    /// At most 50.
    pub(crate) peers: Vec<Peer>,
    pub(crate) hidden_peers: usize,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Peer {
    pub(crate) process: Number,
    pub(crate) process_name: String,
    pub(crate) endpoint: String,
    /// The intersection of the two topics.
    pub(crate) conversation: String,
}
