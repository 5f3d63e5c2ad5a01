//! The end of a ground, as code outside learns of it.

use std::error::Error;
use std::fmt;

use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::Shared;

use super::waiting::Waiting;
use crate::Reason;

/// The error of a request to a ground that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroundEnded;

impl fmt::Display for GroundEnded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the ground has ended")
    }
}

impl Error for GroundEnded {}

/// The error of [`Handle::closed`](crate::Handle::closed) if the ground was dropped before it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroundDropped;

impl fmt::Display for GroundDropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the ground was dropped before it had ended")
    }
}

impl Error for GroundDropped {}

/// Reports how the ground has ended. If it is dropped instead, the ground was dropped.
#[derive(Debug)]
pub(crate) struct Closing(oneshot::Sender<Reason>);

/// Receives this report.
#[derive(Clone, Debug)]
pub(crate) struct Closed(Shared<oneshot::Receiver<Reason>>);

impl Closing {
    pub(crate) fn new() -> (Self, Closed) {
        let (sender, receiver) = oneshot::channel();
        (Self(sender), Closed(receiver.shared()))
    }

    /// Reports how the ground has ended, and returns the same result for the caller of `run`.
    pub(crate) fn tell(self, reason: Reason) -> anyhow::Result<()> {
        // If nobody can receive the error, it is not shared.
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
