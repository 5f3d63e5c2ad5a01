//! How a connection ends: in good order, or with what is left given up.

use std::net::Shutdown;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::FutureExt;
use socket2::SockRef;
use tracing::warn;

use super::{Connection, Inflow, timer};
use crate::io::controls::Ending;
use crate::io::loss::Loss;
use crate::options::Options;

/// How often a connection reads what it discards before it lets others go on.
const DISCARDS: usize = 16;

impl Connection {
    /// Shuts down the sending side, if that is asked for; all has been written.
    pub(super) fn shut_down(&mut self, ending: Ending) -> Result<(), Loss> {
        if ending == Ending::Open || self.has_shut_down {
            return Ok(());
        }
        self.has_shut_down = true;
        self.deadline = None;
        self.socket.get_ref().shutdown(Shutdown::Write).map_err(Loss::Socket)
    }

    /// Discards what comes until the peer is done too, or the time is over. What is queued has been written
    /// once the sending side is shut down; until then a peer that takes some of it has more time.
    pub(super) fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        for _ in 0..DISCARDS {
            let has_ended = self.inflow == Inflow::Ended;
            if has_ended && self.has_shut_down {
                return Poll::Ready(());
            }
            let read = if has_ended { Poll::Pending } else { self.poll_scratch(cx, <[u8]>::len) };
            match read {
                Poll::Ready(Ok(0)) => self.inflow = Inflow::Ended,
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Pending => return self.poll_deadline(cx),
            }
        }
        // A peer that never ends does not keep the connection either.
        cx.waker().wake_by_ref();
        self.poll_deadline(cx)
    }

    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Options { linger, stall_timeout, .. } = *self.options;
        let time = if self.has_shut_down { linger } else { stall_timeout };
        self.deadline.get_or_insert_with(|| timer(time)).poll_unpin(cx).map(|_| ())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.pause(false);
        self.counters.open.fetch_sub(1, Relaxed);
        let unsent = self.controls.lock().unsent();
        if unsent > 0 && self.lost.is_none() {
            warn!(at_least = unsent, "bytes are given up with a connection");
        }
        if unsent > 0 {
            // By a reset: the peer must not take what it has for all there was.
            let _closed_anyway = SockRef::from(self.socket.get_ref()).set_linger(Some(Duration::ZERO));
        }
    }
}
