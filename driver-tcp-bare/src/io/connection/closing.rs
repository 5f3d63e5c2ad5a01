//! How a connection ends: in good order, or with what is left given up.

use std::net::Shutdown;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use socket2::SockRef;
use tracing::warn;

use super::{Connection, is_temporary};
use crate::io::loss::Loss;
use crate::outgoing::Ending;

/// How often a connection reads what it discards before it lets others go on.
const DISCARDS: usize = 16;

impl Connection {
    /// Shuts down the sending side, if that is asked for; all has been written.
    pub(super) fn shut_down(&mut self) -> Result<(), Loss> {
        if self.outgoing.ending == Ending::Open || self.has_shut_down {
            return Ok(());
        }
        self.has_shut_down = true;
        if self.is_closing() {
            self.stop_waiting();
        }
        self.socket.shutdown(Shutdown::Write).map_err(Loss::Socket)
    }

    /// Discards what comes until the peer is done too, or the time is over; how many bytes that were. What is queued
    /// has been written once the sending side is shut down; until then a peer that takes some of it has more time.
    pub(in crate::io) fn proceed_to_close(&mut self, scratch: &mut [u8]) -> usize {
        self.write();
        let mut discarded = 0;
        // Whoever closes a connection does not ask how it went.
        let mut is_lost = self.lost.is_some() || self.is_late;
        for _ in 0..DISCARDS {
            if is_lost || self.has_ended || !self.is_readable {
                break;
            }
            match self.receive(scratch) {
                Ok(count) => discarded += count,
                Err(error) => is_lost = !is_temporary(&error),
            }
        }
        let options = &self.setup.options;
        self.wait(if self.has_shut_down { options.linger } else { options.stall_timeout });
        self.is_done = is_lost || self.has_ended && self.has_shut_down;
        discarded
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.pause(false);
        self.setup.counters.open.fetch_sub(1, Relaxed);
        let unsent = self.outgoing.unsent(&self.setup.options);
        if unsent == 0 {
            return;
        }
        if !self.has_failed {
            warn!(at_least = unsent, "bytes are given up with a connection");
        }
        // By a reset: the peer must not take what it has for all there was.
        let _closed_anyway = SockRef::from(&self.socket).set_linger(Some(Duration::ZERO));
    }
}
