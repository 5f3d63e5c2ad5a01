//! What handles ask of the ground, and the ground's end of it.

use std::convert::Infallible;
use std::time::Instant;

use futures::channel::mpsc;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};

use super::look::Looks;
use super::process_handle::SpawnedEnd;
use crate::panic::guarded_drop;
use crate::{AnyMessage, Orientation, Spawn};

/// Held by those who keep the ground going; nothing is ever sent through it.
pub(crate) type Strong = mpsc::Sender<Infallible>;

/// What a handle asks of the ground.
pub(crate) enum Request {
    Send(Orientation, AnyMessage),
    Spawn(Spawn, SpawnedEnd),
}

/// A request to stop, which waits for no other.
pub(crate) struct Stop {
    pub(crate) deadline: Instant,
    pub(crate) expired: BoxFuture<'static, ()>,
}

/// The ground's end of its handles.
#[derive(Debug)]
pub(crate) struct HandleEnd {
    pub(crate) requests: mpsc::Receiver<Request>,
    pub(crate) stops: mpsc::Receiver<Stop>,
    pub(crate) looks: Looks,
    pub(crate) strong: mpsc::Receiver<Infallible>,
}

impl Drop for HandleEnd {
    fn drop(&mut self) {
        // What nobody will take, one by one: two panics at once would be the end of everything.
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
