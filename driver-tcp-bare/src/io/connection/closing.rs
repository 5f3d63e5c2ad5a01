//! Closing a connection: in good order, or by a reset if bytes are left.

use std::net::Shutdown;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use socket2::SockRef;
use tracing::warn;

use super::{Connection, is_temporary};
use crate::io::loss::Loss;
use crate::outgoing::Ending;

/// How many times a closing connection reads data to discard before other connections are served.
const DISCARDS: usize = 16;

impl Connection {
    /// Shuts down the sending side, if its session has ended it. All queued bytes have been written.
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

    /// Writes the queued bytes, and discards inbound data until the peer closes its side too or the time is over.
    /// Returns how many bytes were discarded.
    ///
    /// The time is the stall time-out until the sending side is shut down, and starts again with each write. After
    /// that, the time is the linger time.
    pub(in crate::io) fn proceed_to_close(&mut self, scratch: &mut [u8]) -> usize {
        self.write();
        let mut discarded = 0;
        // No session is left to receive the reason of a loss.
        let mut is_lost = self.lost.is_some() || self.is_overdue;
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
            warn!(remote = %self.remote, at_least = unsent, "connection reset with unsent bytes in its queue");
        }
        // A reset, so that the peer does not mistake the bytes it has received for the complete stream.
        let _closed_anyway = SockRef::from(&self.socket).set_linger(Some(Duration::ZERO));
    }
}
