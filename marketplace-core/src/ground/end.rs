//! The end of a ground, as those outside are told of it.

use std::error::Error;
use std::fmt;

use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::Shared;

use super::waiting::Waiting;
use crate::Reason;

/// The ground has ended, so what was asked of it, or waited for, does not happen any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroundEnded;

impl fmt::Display for GroundEnded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the ground has ended")
    }
}

impl Error for GroundEnded {}

/// The ground was dropped before it had come to its end; see [`Handle::closed`](crate::Handle::closed).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroundDropped;

impl fmt::Display for GroundDropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the ground was dropped before it had ended")
    }
}

impl Error for GroundDropped {}

/// Tells those outside how the ground has ended; if it is dropped, that the ground was.
#[derive(Debug)]
pub(crate) struct Closing(oneshot::Sender<Reason>);

/// What they wait for.
#[derive(Clone, Debug)]
pub(crate) struct Closed(Shared<oneshot::Receiver<Reason>>);

impl Closing {
    pub(crate) fn new() -> (Self, Closed) {
        let (sender, receiver) = oneshot::channel();
        (Self(sender), Closed(receiver.shared()))
    }

    /// Tells how the ground has ended, and returns the same for whoever ran it.
    pub(crate) fn tell(self, reason: Reason) -> anyhow::Result<()> {
        // The error stays whole where nobody can ask for it.
        if !self.0.is_canceled() {
            let _unheard = self.0.send(reason.clone());
        }
        reason.into_result()
    }
}

impl Closed {
    pub(crate) fn wait(&self) -> impl Future<Output = Result<(), Reason>> + Send + use<> {
        Waiting::new(self.0.clone()).map(|told| {
            let reason = told.unwrap_or_else(|_| Reason::error(GroundDropped));
            if reason.as_error().is_none() { Ok(()) } else { Err(reason) }
        })
    }
}
