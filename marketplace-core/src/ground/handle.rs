//! The handle by which code outside a ground speaks to it.

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

/// How many requests may wait for the ground, besides one of each handle.
const WAITING: usize = 64;

/// Speaks to a ground from outside: sends messages in, subscribes to topics, watches who is there, creates processes
/// and learns of their end, looks at the program, asks for a stop and learns of the ground's own end.
///
/// While a strong handle exists the ground goes on, even with nothing to do; a [`weak`](Self::weak) one
/// does not keep it. If the program is behind, a stop may overtake what a handle has asked for before.
///
/// A handle, and what it hands out, works on any thread and with any runtime. A waker that panics as the ground wakes
/// it disturbs nobody else: it is logged.
///
/// `Ok` says that a request is on its way: a ground that comes to its end by itself still takes it, one that is
/// dropped, or whose deadline passes, does not. A request whose future is dropped before it is done may have
/// been taken or not.
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

    /// A handle on the same ground that does not keep it going.
    #[must_use]
    pub fn weak(&self) -> Self {
        Self { strong: None, ..self.clone() }
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

    /// Creates a process at the ground; by what this returns its end can be waited for, or brought about.
    ///
    /// # Errors
    ///
    /// If the ground has ended.
    pub async fn spawn(&mut self, spawn: Spawn) -> Result<ProcessHandle, GroundEnded> {
        let (spawned, asked) = self.spawning(spawn);
        asked.await?;
        Ok(spawned)
    }

    /// The same for those who must be able to end the process as soon as it has been asked for.
    pub(crate) fn spawning(
        &mut self,
        spawn: Spawn,
    ) -> (ProcessHandle, impl Future<Output = Result<(), GroundEnded>>) {
        let (spawned, end) = ProcessHandle::new();
        (spawned, self.request(Request::Spawn(spawn, end)))
    }

    /// Subscribes, as a participant, to the messages of `topic` at the ground.
    ///
    /// Up to `capacity` messages, or one if that is 0, wait to be read from the stream. A process cannot
    /// wait for its reader, so one message more ends the subscription: what waits is still read, and the
    /// last item is an error that says so.
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
        let (subscription, request) = Subscription::new(topic, capacity, self.strong.clone());
        self.request(request).await?;
        Ok(subscription)
    }

    /// Looks at all there is in the program, between two turns.
    ///
    /// If the program is behind, this may overtake what a handle has asked for before, as a stop may.
    ///
    /// # Errors
    ///
    /// If the ground has ended.
    pub async fn snapshot(&mut self) -> Result<Snapshot, GroundEnded> {
        self.look(Look::Snapshot).await
    }

    /// Looks at some processes, between two turns: at those at the ends of these paths, each of the VMs that lead to the
    /// process, the outermost first, and the process itself. Of one that is not there it is told nothing.
    ///
    /// This costs time in what is asked for, and not in the size of the program. If the program is behind, it may
    /// overtake what a handle has asked for before, as a stop may.
    ///
    /// # Errors
    ///
    /// If the ground has ended.
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
    ///     let restless = Spawn::new((), |(), cx| cx.perform(std::future::pending(), |(), _, ()| ()));
    ///     let restless = handle.spawn(restless.named("restless")).await?.pid().await?;
    ///     let seen = handle.processes(vec![vec![restless], vec![Pid::detached()]]).await?;
    ///     let told = seen[0].as_ref().map(|process| (process.name.as_deref(), process.turns));
    ///     assert_eq!(told, Some((Some("restless"), 1)));
    ///     assert!(seen[1].is_none());
    ///     handle.stop(std::time::Instant::now(), async {}).await?;
    ///     anyhow::Ok(())
    /// };
    /// let (ended, seen) = block_on(async { join!(program.run(), outside) });
    /// ended?;
    /// seen
    /// # }
    /// ```
    pub async fn processes(
        &mut self,
        paths: Vec<Vec<Pid>>,
    ) -> Result<Vec<Option<ProcessStatus>>, GroundEnded> {
        self.look(|answer| Look::Processes(paths, answer)).await
    }

    /// How much has happened in the program and how much there is, all VMs together. This costs time in the number of VMs,
    /// and of other processes made by [`Spawn::actor`](crate::Spawn::actor), and not in that of all.
    ///
    /// If the program is behind, this may overtake what a handle has asked for before, as a stop may.
    ///
    /// # Errors
    ///
    /// If the ground has ended.
    pub async fn counters(&mut self) -> Result<Counters, GroundEnded> {
        self.look(Look::Counters).await
    }

    /// Has somebody told what happens in the program from now on, until what this returns is dropped.
    ///
    /// It holds a snapshot of the moment at which that begins, so whoever comes late misses nothing. Like a stop, the
    /// request overtakes what a handle has asked for before only where the program is behind.
    ///
    /// # Errors
    ///
    /// If the ground has ended.
    pub async fn trace(&mut self, trace: impl Trace) -> Result<TraceGuard, GroundEnded> {
        let sink = Sink::new(trace);
        let given = Arc::clone(&sink);
        // From here on, in case nobody waits for the answer.
        let mut guard = TraceGuard::new(sink, self.looks.clone());
        guard.snapshot = self.look(|answer| Look::Trace(given, answer)).await?;
        Ok(guard)
    }

    async fn look<T>(&mut self, look: impl FnOnce(oneshot::Sender<T>) -> Look) -> Result<T, GroundEnded> {
        let (sender, seen) = oneshot::channel();
        Waiting::new(self.looks.send(look(sender))).await.map_err(|_| GroundEnded)?;
        Waiting::new(seen).await.map_err(|_| GroundEnded)
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
        Waiting::new(self.stops.send(stop)).await.map_err(|_| GroundEnded)
    }

    /// Waits until the ground has ended, and all that was in it is gone: the outcome, which is that of
    /// [`Ground::run`](crate::Ground::run).
    ///
    /// To wait, also after the end and on a weak handle, works any number of times, and does not keep the ground going.
    ///
    /// # Errors
    ///
    /// The error with which the main process failed; [`GroundDropped`](crate::GroundDropped), if the ground was dropped
    /// before it had ended.
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
