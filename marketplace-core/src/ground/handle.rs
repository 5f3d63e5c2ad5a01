//! The handle by which code outside a ground speaks to it.

use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::time::Instant;

use futures::channel::mpsc;
use futures::future::BoxFuture;
use futures::{FutureExt, SinkExt};

use super::subscription::Subscription;
use crate::{AnyMessage, Message, Orientation, Pattern, Spawn};

/// How many requests of one handle may wait for the ground.
const WAITING: usize = 64;

/// Speaks to a ground from outside: sends messages in, subscribes to topics, asks for a stop.
///
/// While a strong handle exists the ground goes on, even with nothing to do; a [`weak`](Self::weak) one
/// does not keep it.
#[derive(Clone, Debug)]
pub struct Handle {
    requests: mpsc::Sender<Request>,
    stops: mpsc::Sender<Stop>,
    strong: Option<Strong>,
}

/// The ground has ended, so the request was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroundEnded;

impl fmt::Display for GroundEnded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the ground has ended")
    }
}

impl Error for GroundEnded {}

/// Held by those who keep the ground going; nothing is ever sent through it.
pub(crate) type Strong = mpsc::Sender<Infallible>;

/// What a handle asks of the ground.
pub(crate) enum Request {
    Send(Orientation, AnyMessage),
    Spawn(Spawn),
    /// A process that is ended when the future is done.
    SpawnUntil(Spawn, BoxFuture<'static, ()>),
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
    pub(crate) strong: mpsc::Receiver<Infallible>,
}

impl Handle {
    pub(crate) fn new() -> (Self, HandleEnd) {
        let (requests, received) = mpsc::channel(WAITING);
        let (stops, asked) = mpsc::channel(WAITING);
        let (strong, kept) = mpsc::channel(0);
        let end = HandleEnd { requests: received, stops: asked, strong: kept };
        (Self { requests, stops, strong: Some(strong) }, end)
    }

    /// A handle on the same ground that does not keep it going.
    #[must_use]
    pub fn weak(&self) -> Self {
        Self { requests: self.requests.clone(), stops: self.stops.clone(), strong: None }
    }

    /// Sends a message to the ground's subscribers; waits while the ground is behind with its requests.
    ///
    /// # Errors
    ///
    /// If the ground has ended.
    pub async fn send<M: Message>(&mut self, message: M) -> Result<(), GroundEnded> {
        self.request(Request::Send(Orientation::Publisher, AnyMessage::new(message))).await
    }

    /// Sends a message to the ground's publishers; waits while the ground is behind with its requests.
    ///
    /// # Errors
    ///
    /// If the ground has ended.
    pub async fn send_feedback<M: Message>(&mut self, message: M) -> Result<(), GroundEnded> {
        self.request(Request::Send(Orientation::Subscriber, AnyMessage::new(message))).await
    }

    /// Creates a process at the ground.
    ///
    /// # Errors
    ///
    /// If the ground has ended.
    pub async fn spawn(&mut self, spawn: Spawn) -> Result<(), GroundEnded> {
        self.request(Request::Spawn(spawn)).await
    }

    /// Subscribes, as a participant, to the messages of `topic` at the ground.
    ///
    /// Up to `capacity` messages, at least one, wait to be read from the stream; if there are more, the
    /// subscription ends after them, because a process cannot wait for its reader and nothing is lost unsaid: its last item
    /// is the error that says so.
    ///
    /// # Errors
    ///
    /// If the ground has ended.
    pub async fn subscribe<P>(
        &mut self,
        topic: P,
        capacity: usize,
    ) -> Result<Subscription<P::Value>, GroundEnded>
    where
        P: Pattern<Value: Message<Pattern = P>>,
    {
        let (subscription, spawn, dropped) = Subscription::new(topic, capacity, self.strong.clone());
        self.request(Request::SpawnUntil(spawn, dropped)).await?;
        Ok(subscription)
    }

    /// Asks the program to stop (rule S18), and to drop what is left when `expired` is done.
    ///
    /// `deadline`, the time at which that will be, is what [`Stopping`](crate::Stopping) tells. The core
    /// has no clock of its own, so `expired` comes from the runtime: `async_std::task::sleep`, say. Of
    /// several requests the first to expire counts.
    ///
    /// # Errors
    ///
    /// If the ground has ended.
    pub async fn stop(
        &mut self,
        deadline: Instant,
        expired: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), GroundEnded> {
        let stop = Stop { deadline, expired: expired.boxed() };
        self.stops.send(stop).await.map_err(|_| GroundEnded)
    }

    async fn request(&mut self, request: Request) -> Result<(), GroundEnded> {
        self.requests.send(request).await.map_err(|_| GroundEnded)
    }
}
