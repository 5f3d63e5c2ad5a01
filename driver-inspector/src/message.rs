//! The driver's message: that the program is inspected, and where.

use std::net::SocketAddr;
use std::sync::Arc;

use marketplace_core::Message;

/// Where the inspector's page is. The driver publishes this topic while the page is served, and never sends a message.
///
/// Observe the publishers of `topic!(Inspecting { .. })` to learn the address, for example when the kernel picks the port.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
pub struct Inspecting {
    /// The address that the server is bound to. If the port was 0, this has the port that the kernel picked.
    pub address: SocketAddr,
    /// The URL to open in a browser. If a token is needed, the URL contains it, so keep the URL secret.
    pub url: Arc<str>,
}
