//! The reasons for which the driver ends a connection.

use std::io;
use std::time::Duration;

use anyhow::anyhow;
use marketplace_core::Reason;

/// Why the driver ends a connection.
pub(super) enum Loss {
    /// The socket failed.
    Socket(io::Error),
    /// The queue exceeded the hard limit, in bytes.
    Overrun { limit: usize },
    /// The inbound connection had no session within this time.
    Unclaimed { timeout: Duration },
}

impl From<Loss> for Reason {
    fn from(loss: Loss) -> Self {
        Self::error(match loss {
            Loss::Socket(error) => error.into(),
            Loss::Overrun { limit } => {
                anyhow!(
                    "the peer reads too slowly: more than {limit} bytes are queued for it (the hard limit)"
                )
            }
            Loss::Unclaimed { timeout } => anyhow!("the connection had no session within {timeout:?}"),
        })
    }
}
