//! Detecting that a connection is lost, and reading the data that arrived before.

use std::io::ErrorKind;
use std::mem;

use super::{Activity, Connection, is_temporary};
use crate::io::loss::Loss;

impl Connection {
    /// Marks the connection as lost, although the socket has not reported it.
    pub(in crate::io) fn mark_lost(&mut self) {
        self.lost = Some(Loss::Socket(ErrorKind::ConnectionReset.into()));
    }

    /// The next event of a connection whose socket has failed. A failed socket loses only outbound data, so the data
    /// that arrived before is read first.
    pub(super) fn read_before(&mut self, loss: Loss, scratch: &mut [u8]) -> Activity {
        let may_read = self.sessions.readers > 0 && !self.is_stopping && !self.has_ended;
        if may_read
            && matches!(loss, Loss::Socket(_))
            && let Some(data @ Activity::Data(_)) = self.read(scratch)
        {
            self.lost = Some(loss);
            return data;
        }
        self.fail(loss)
    }

    pub(super) fn fail(&mut self, loss: Loss) -> Activity {
        self.has_failed = true;
        Activity::Failed(loss.into())
    }

    /// Detects the loss of a connection that is not being read. While unread data waits in the socket, only a read
    /// shows the error.
    pub(super) fn look_for_loss(&mut self) -> Option<Loss> {
        if !mem::take(&mut self.has_error) {
            return None;
        }
        let error = if self.has_ended {
            self.socket.take_error().unwrap_or_else(Some)
        } else {
            self.socket.peek(&mut [0]).err().filter(|error| !is_temporary(error))
        };
        error.map(Loss::Socket)
    }
}
