//! The requests of handles, and the ground's side of them.

use std::convert::Infallible;
use std::time::Instant;

use futures::channel::mpsc;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};

use super::look::Looks;
use super::process_handle::SpawnedEnd;
use crate::panic::guarded_drop;
use crate::{AnyMessage, Orientation, Spawn};

/// Holding one keeps the ground running. Nothing is ever sent through it.
pub(crate) type Strong = mpsc::Sender<Infallible>;

/// A request of a handle to the ground.
pub(crate) enum Request {
    Send(Orientation, AnyMessage),
    Spawn(Spawn, SpawnedEnd),
}

/// A request to stop, which does not wait for other requests.
pub(crate) struct Stop {
    pub(crate) deadline: Instant,
    pub(crate) expired: BoxFuture<'static, ()>,
}

/// The ground's side of its handles.
#[derive(Debug)]
pub(crate) struct HandleEnd {
    pub(crate) requests: mpsc::Receiver<Request>,
    pub(crate) stops: mpsc::Receiver<Stop>,
    pub(crate) looks: Looks,
    pub(crate) strong: mpsc::Receiver<Infallible>,
}

impl Drop for HandleEnd {
    fn drop(&mut self) {
        // Drop the remaining requests one by one, since a panic during another panic would abort the program.
        self.requests.close();
        while let Some(Some(request)) = self.requests.next().now_or_never() {
            guarded_drop(request, "a handle's request");
        }
        self.stops.close();
        while let Some(Some(stop)) = self.stops.next().now_or_never() {
            guarded_drop(stop, "a request to stop");
        }
    }
}
