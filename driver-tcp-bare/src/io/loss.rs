//! Why a connection cannot go on.

use std::io;

use anyhow::anyhow;
use marketplace_core::Reason;

/// Why a connection cannot go on.
pub(super) enum Loss {
    Socket(io::Error),
    /// More than this many bytes were to be queued.
    Overrun {
        limit: usize,
    },
    /// No session came to take part in it.
    Untaken,
}

impl From<Loss> for Reason {
    fn from(loss: Loss) -> Self {
        Self::error(match loss {
            Loss::Socket(error) => error.into(),
            Loss::Overrun { limit } => {
                anyhow!("the peer reads too slowly: more than {limit} bytes wait to be sent")
            }
            Loss::Untaken => anyhow!("no session took the connection"),
        })
    }
}
