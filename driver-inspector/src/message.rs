//! The vocabulary: that the program is inspected, and where.

use std::net::SocketAddr;
use std::sync::Arc;

use marketplace_core::Message;

/// The inspector's page is there: state, as the presence of a publisher, by which no message is ever sent.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
pub struct Inspecting {
    /// The address at which it listens, with the port that the kernel has picked where none was asked for.
    pub address: SocketAddr,
    /// What to open in a browser. It has the token in it, if one is needed, so it is a secret.
    pub url: Arc<str>,
}
