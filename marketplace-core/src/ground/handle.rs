//! The handle by which code outside a ground communicates with it.

use std::sync::Arc;
use std::time::Instant;

use futures::channel::{mpsc, oneshot};
use futures::{FutureExt, SinkExt};

use super::end::{Closed, GroundEnded};
use super::guard::TraceGuard;
use super::look::{Look, Looks};
use super::process_handle::ProcessHandle;
use super::request::{HandleEnd, Request, Stop, Strong};
use super::subscription::Subscription;
use super::waiting::Waiting;
use crate::trace::Sink;
use crate::{
    AnyMessage, Counters, Message, Orientation, Pattern, Pid, ProcessStatus, Reason, Snapshot, Spawn, Trace,
};

/// How many requests may wait for the ground, in addition to one of each handle.
const WAITING: usize = 64;

/// Communicates with a ground from outside, on any thread and with any runtime. It can send messages, subscribe to
/// topics, observe peers, ask questions, create processes, look at the program, and request a stop.
///
/// A strong handle keeps the ground running, even if there is nothing to do. A [`weak`](Self::weak) one does not. If
/// the program is behind with its work, a stop may be performed before earlier requests of a handle.
///
/// A waker of yours that panics when the ground wakes it is logged, and disturbs nothing else.
///
/// `Ok` means that a request is on its way. If the ground ends by itself, it still performs the request. If the
/// ground is dropped, or the deadline of a stop passes, it does not. If you drop the future of a request before it is
/// done, the request may or may not be performed.
///
/// # Examples
///
/// ```
/// use anyhow::Context as _;
/// use futures::{StreamExt, executor::block_on, join};
/// use marketplace_core::{Ground, Message, Spawn, topic};
///
/// #[derive(Debug, Message)]
/// struct Question(u32);
///
/// #[derive(Debug, Message)]
/// struct Answer(u32);
///
/// # fn main() -> anyhow::Result<()> {
/// let oracle = Spawn::new((), |(), cx| {
///     cx.subscriber(topic!(Question(_))).on_message(|(), cx, question| cx.send(Answer(question.0 + 1)));
/// });
/// let program = Ground::new().spawn(oracle);
/// let mut handle = program.handle();
/// let outside = async move {
///     let mut answers = handle.subscribe(topic!(Answer(_)), 16).await?;
///     handle.send(Question(41)).await?;
///     let answer = answers.next().await.context("the ground has ended")??;
///     anyhow::Ok(answer.0)
/// };
/// let (ended, answer) = block_on(async { join!(program.run(), outside) });
/// ended?;
/// assert_eq!(answer?, 42);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Handle {
    requests: mpsc::Sender<Request>,
    stops: mpsc::Sender<Stop>,
    looks: mpsc::Sender<Look>,
    pub(super) strong: Option<Strong>,
    closed: Closed,
}

impl Handle {
    pub(crate) fn new(closed: Closed) -> (Self, HandleEnd) {
        let (requests, received) = mpsc::channel(WAITING);
        let (stops, asked) = mpsc::channel(WAITING);
        let (looks, to_see) = mpsc::channel(WAITING);
        let (strong, kept) = mpsc::channel(0);
        let end = HandleEnd { requests: received, stops: asked, looks: Looks::new(to_see), strong: kept };
        (Self { requests, stops, looks, strong: Some(strong), closed }, end)
    }

    /// A handle on the same ground that does not keep it running.
    #[must_use]
    pub fn weak(&self) -> Self {
        Self { strong: None, ..self.clone() }
    }

    /// Sends a message to the ground's subscribers. Waits while the ground is behind with its requests.
    ///
    /// # Errors
    ///
    /// An error if the ground has ended.
    pub async fn send<M: Message>(&mut self, message: M) -> Result<(), GroundEnded> {
        self.request(Request::Send(Orientation::Publisher, AnyMessage::new(message))).await
    }

    /// Sends feedback: a message to the ground's publishers. Waits while the ground is behind with its requests.
    ///
    /// # Errors
    ///
    /// An error if the ground has ended.
    pub async fn send_feedback<M: Message>(&mut self, message: M) -> Result<(), GroundEnded> {
        self.request(Request::Send(Orientation::Subscriber, AnyMessage::new(message))).await
    }

    /// Creates a process at the ground. The [`ProcessHandle`] can wait for its end, or end it.
    ///
    /// # Errors
    ///
    /// An error if the ground has ended.
    pub async fn spawn(&mut self, spawn: Spawn) -> Result<ProcessHandle, GroundEnded> {
        let (spawned, asked) = self.spawning(spawn);
        asked.await?;
        Ok(spawned)
    }

    /// The same for code that must be able to end the process as soon as it has been requested.
    pub(crate) fn spawning(
        &mut self,
        spawn: Spawn,
    ) -> (ProcessHandle, impl Future<Output = Result<(), GroundEnded>>) {
        let (spawned, end) = ProcessHandle::new();
        (spawned, self.request(Request::Spawn(spawn, end)))
    }

    /// Subscribes to the messages of `topic` at the ground, as a participant, and returns them as a stream.
    ///
    /// Up to `capacity` messages, or one if that is 0, can wait to be read. The ground does not wait for the reader.
    /// If one more message comes, the subscription ends: the waiting messages can still be read, and the last item is
    /// an error.
    ///
    /// # Errors
    ///
    /// An error if the ground has ended.
    pub async fn subscribe<P>(
        &mut self,
        topic: P,
        capacity: usize,
    ) -> Result<Subscription<P::Value>, GroundEnded>
    where
        P: Pattern<Value: Message<Pattern = P>>,
    {
        let (subscription, request) = Subscription::new(topic, capacity, self.strong.clone());
        self.request(request).await?;
        Ok(subscription)
    }

    /// Takes a snapshot of the whole program, between two turns.
    ///
    /// If the program is behind with its work, this may happen before earlier requests of a handle are performed.
    ///
    /// # Errors
    ///
    /// An error if the ground has ended.
    pub async fn snapshot(&mut self) -> Result<Snapshot, GroundEnded> {
        self.look(Look::Snapshot).await
    }

    /// Returns the status of some processes, between two turns. Each is given by its path: the nested VMs that lead
    /// to it, the outermost first, and then the process itself. A process that does not exist has no status.
    ///
    /// The cost depends on the number of paths, not on the size of the program. If the program is behind with its
    /// work, this may happen before earlier requests of a handle are performed.
    ///
    /// # Errors
    ///
    /// An error if the ground has ended.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures::{executor::block_on, join};
    /// use marketplace_core::{Ground, Pid, Spawn};
    ///
    /// # fn main() -> anyhow::Result<()> {
    /// let program = Ground::new();
    /// let mut handle = program.handle();
    /// let outside = async move {
    ///     let idle = Spawn::new((), |(), cx| cx.perform(std::future::pending(), |(), _, ()| ()));
    ///     let idle = handle.spawn(idle.named("idle")).await?.pid().await?;
    ///     let statuses = handle.processes(vec![vec![idle], vec![Pid::detached()]]).await?;
    ///     let status = statuses[0].as_ref().map(|process| (process.name.as_deref(), process.turns));
    ///     assert_eq!(status, Some((Some("idle"), 1)));
    ///     assert!(statuses[1].is_none());
    ///     handle.stop(std::time::Instant::now(), async {}).await?;
    ///     anyhow::Ok(())
    /// };
    /// let (ended, checked) = block_on(async { join!(program.run(), outside) });
    /// ended?;
    /// checked
    /// # }
    /// ```
    pub async fn processes(
        &mut self,
        paths: Vec<Vec<Pid>>,
    ) -> Result<Vec<Option<ProcessStatus>>, GroundEnded> {
        self.look(|answer| Look::Processes(paths, answer)).await
    }

    /// Returns how much has happened in the program and how much is in it, for all VMs together. The cost depends on
    /// the number of VMs, and of other processes made by [`Spawn::actor`](crate::Spawn::actor), but not on the number
    /// of all processes.
    ///
    /// If the program is behind with its work, this may happen before earlier requests of a handle are performed.
    ///
    /// # Errors
    ///
    /// An error if the ground has ended.
    ///
    /// # Examples
    ///
    /// ```
    /// use marketplace_core::{GroundEnded, Handle};
    ///
    /// async fn report(handle: &mut Handle) -> Result<(), GroundEnded> {
    ///     let counters = handle.counters().await?;
    ///     println!("{} processes, {} messages, {} crashes", counters.processes, counters.messages, counters.crashes);
    ///     Ok(())
    /// }
    /// ```
    pub async fn counters(&mut self) -> Result<Counters, GroundEnded> {
        self.look(Look::Counters).await
    }

    /// Adds a [`Trace`], which receives everything that happens in the program from now on, until the returned guard
    /// is dropped.
    ///
    /// The guard contains a snapshot of the moment when the trace begins, so the trace together with the snapshot
    /// misses nothing. If the program is behind with its work, this may happen before earlier requests of a handle
    /// are performed.
    ///
    /// # Errors
    ///
    /// An error if the ground has ended.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use marketplace_core::{GroundEnded, Handle, Spy};
    ///
    /// /// Logs what happens for a minute.
    /// async fn log(handle: &mut Handle) -> Result<(), GroundEnded> {
    ///     let guard = handle.trace(Spy::to_log()).await?;
    ///     futures_timer::Delay::new(Duration::from_secs(60)).await;
    ///     drop(guard);
    ///     Ok(())
    /// }
    /// ```
    pub async fn trace(&mut self, trace: impl Trace) -> Result<TraceGuard, GroundEnded> {
        let sink = Sink::new(trace);
        let given = Arc::clone(&sink);
        // Made before the request, so that the trace ends even if this future is dropped.
        let mut guard = TraceGuard::new(sink, self.looks.clone());
        guard.snapshot = self.look(|answer| Look::Trace(given, answer)).await?;
        Ok(guard)
    }

    async fn look<T>(&mut self, look: impl FnOnce(oneshot::Sender<T>) -> Look) -> Result<T, GroundEnded> {
        let (sender, seen) = oneshot::channel();
        Waiting::new(self.looks.send(look(sender))).await.map_err(|_| GroundEnded)?;
        Waiting::new(seen).await.map_err(|_| GroundEnded)
    }

    /// Requests that the program stops (rule S18). What is left when `expired` completes is dropped.
    ///
    /// [`Stopping`](crate::Stopping) publishes `deadline`, which is the time when `expired` will complete. The core
    /// has no clock of its own, so `expired` comes from the runtime, for example from `async_std::task::sleep`. If
    /// there are several requests, the first one to expire counts.
    ///
    /// # Errors
    ///
    /// An error if the ground has ended.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    ///
    /// use futures::{executor::block_on, join};
    /// use marketplace_core::{Ground, Spawn, Stopping, topic};
    ///
    /// # fn main() -> anyhow::Result<()> {
    /// let server = Spawn::new((), |(), cx| {
    ///     cx.observe_publishers(topic!(Stopping { .. })).on_presence(|(), cx, _ground| cx.quit());
    /// });
    /// let program = Ground::new().spawn(server);
    /// let mut handle = program.handle();
    /// let stopping = async move {
    ///     let patience = Duration::from_secs(5);
    ///     handle.stop(Instant::now() + patience, futures_timer::Delay::new(patience)).await
    /// };
    /// let (ended, stopped) = block_on(async { join!(program.run(), stopping) });
    /// ended?;
    /// stopped?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn stop(
        &mut self,
        deadline: Instant,
        expired: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), GroundEnded> {
        let stop = Stop { deadline, expired: expired.boxed() };
        Waiting::new(self.stops.send(stop)).await.map_err(|_| GroundEnded)
    }

    /// Waits until the ground has ended and everything in it is gone. Returns the same result as
    /// [`Ground::run`](crate::Ground::run).
    ///
    /// It can be called any number of times, also after the end and on a weak handle. It does not keep the ground
    /// running.
    ///
    /// # Errors
    ///
    /// The error with which the main process failed. [`GroundDropped`](crate::GroundDropped) if the ground was
    /// dropped before it ended.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures::executor::block_on;
    /// use marketplace_core::{Ground, GroundDropped, Spawn};
    ///
    /// # fn main() -> anyhow::Result<()> {
    /// let program = Ground::new().main(Spawn::new((), |(), _| anyhow::bail!("broken")));
    /// let closed = program.handle().closed();
    /// let error = block_on(program.run()).err();
    /// assert_eq!(error.map(|error| error.to_string()), Some("broken".into()));
    /// assert_eq!(block_on(closed).map_err(|reason| reason.to_string()), Err("broken".into()));
    ///
    /// let closed = Ground::new().handle().closed();
    /// assert!(block_on(closed).is_err_and(|reason| reason.downcast_ref::<GroundDropped>().is_some()));
    /// # Ok(())
    /// # }
    /// ```
    pub fn closed(&self) -> impl Future<Output = Result<(), Reason>> + Send + use<> {
        self.closed.wait()
    }

    pub(super) async fn request(&mut self, request: Request) -> Result<(), GroundEnded> {
        Waiting::new(self.requests.send(request)).await.map_err(|_| GroundEnded)
    }
}
