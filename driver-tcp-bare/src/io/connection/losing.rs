//! How a connection is seen to be lost, and what is still read of it.

use std::io::ErrorKind;
use std::mem;

use super::{Activity, Connection, is_temporary};
use crate::io::loss::Loss;

impl Connection {
    /// Notes that the connection is lost, although the socket does not tell.
    pub(in crate::io) fn lose(&mut self) {
        self.lost = Some(Loss::Socket(ErrorKind::ConnectionReset.into()));
    }

    /// What a broken socket loses is what was to be sent; what came before is read first.
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

    /// Sees that the connection is lost although it is not read. While something waits to be read, only reading
    /// tells.
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
