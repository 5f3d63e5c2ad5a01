//! The ground: the outermost VM, run as a future, with its connections to the outside world.

mod demands;
mod end;
mod feed;
mod guard;
mod handle;
mod look;
mod observation;
mod performed;
mod process_handle;
mod request;
mod running;
mod source;
mod sources;
mod stop;
mod subscription;
mod waiting;

use std::future::poll_fn;
use std::time::Duration;

use futures::FutureExt;

use crate::{Actions, Sleep, Spawn, TaskContext, Trace};

use end::Closing;
use request::HandleEnd;
use running::Running;

pub use end::{GroundDropped, GroundEnded};
pub use guard::TraceGuard;
pub use handle::Handle;
pub use observation::{Observation, PresenceChange};
pub use process_handle::ProcessHandle;
pub use source::{EventSource, EventValue, GroundEvent, TakeOnce};
pub use stop::Stopping;
pub use subscription::Subscription;
pub(crate) use waiting::Waiting;

/// A program: the outermost VM and its connections to the outside world.
///
/// Make one, add processes, and run it. A program ends when nothing can happen in it any more, when its
/// [main](Self::main) process ends, or when a [`Handle`] requests a [stop](Handle::stop).
///
/// [`run`](Self::run) is a plain future, for any executor. The whole program runs where this future is polled. So
/// block on it with the runtime that the drivers use: then the thread that waits for the sockets also runs the
/// program. If you spawn it as a task instead, each event has to wake a second thread.
///
/// # Examples
///
/// ```
/// use marketplace_core::{Ground, Spawn};
///
/// # fn main() -> anyhow::Result<()> {
/// let program = Ground::new().spawn(Spawn::new((), |_, cx| cx.quit()).named("short"));
/// futures::executor::block_on(program.run())?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Ground {
    first: Vec<Spawn>,
    main: Option<Spawn>,
    handle: Handle,
    requests: HandleEnd,
    outside: TaskContext,
    /// The actions that are lent to the VM, with the traces.
    actions: Actions,
    /// The last field, so that everything else is gone when it reports that the ground was dropped.
    closing: Closing,
}

impl Ground {
    /// A ground with no processes.
    #[must_use]
    pub fn new() -> Self {
        let (closing, closed) = Closing::new();
        let (handle, requests) = Handle::new(closed);
        Self {
            first: Vec::new(),
            main: None,
            handle,
            requests,
            outside: TaskContext::default(),
            actions: Actions::new(false),
            closing,
        }
    }

    /// Adds a process. The processes start in the order in which they are added, and the main one starts last.
    #[must_use]
    pub fn spawn(mut self, spawn: Spawn) -> Self {
        self.first.push(spawn);
        self
    }

    /// Adds the main process, which ends the program: when it quits, fails or is killed, the program stops, as if a
    /// handle had requested that without a deadline. If it fails, [`run`](Self::run) returns its error. If it is
    /// collected because nothing can happen to it any more, the program does not stop. There is one main process: a
    /// second call replaces the first.
    ///
    /// A process that ignores [`Stopping`] keeps the program running as long as it has futures or event sources,
    /// except sources [in the background](EventSource::in_background). It does so until the deadline of a
    /// [`Handle::stop`], if there is one.
    ///
    /// # Examples
    ///
    /// ```
    /// use marketplace_core::{Ground, Spawn};
    ///
    /// let main = Spawn::new((), |(), _| anyhow::bail!("broken"));
    /// let result = futures::executor::block_on(Ground::new().main(main).run());
    /// assert!(result.is_err_and(|error| error.to_string() == "broken"));
    /// ```
    #[must_use]
    pub fn main(mut self, spawn: Spawn) -> Self {
        self.main = Some(spawn);
        self
    }

    /// Sets the way to wait, which [`Context::sleep_then`](crate::Context::sleep_then), time-outs and supervisors
    /// need. It is a function from a duration to a future. Use that of your runtime, such as `async_std::task::sleep`
    /// or `tokio::time::sleep`.
    ///
    /// # Examples
    ///
    /// ```
    /// use marketplace_core::Ground;
    ///
    /// let program = Ground::new().with_sleep(futures_timer::Delay::new);
    /// ```
    #[must_use]
    pub fn with_sleep<F>(mut self, sleep: impl Fn(Duration) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.outside = self.outside.with_sleep(Sleep::new(sleep));
        self
    }

    /// Adds a [`Trace`], which receives everything that happens in the program, from its beginning to its end.
    #[must_use]
    pub fn with_trace(mut self, trace: impl Trace) -> Self {
        self.actions = self.actions.with_trace(trace);
        self
    }

    /// A strong handle on this ground, for code outside it.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Runs the program until nothing can happen in it any more, or until it has stopped (see [`Stopping`]).
    ///
    /// Something can still happen while an action is pending, a future or a wait is running, an event source is open
    /// (except one in the background), or a strong [`Handle`] exists.
    ///
    /// # Errors
    ///
    /// The error with which the main process failed. If the error is shared, because a handle may still return it
    /// (see [`Handle::closed`]) or somebody else has it, this is a [`Reason`](crate::Reason) that contains it.
    pub async fn run(self) -> anyhow::Result<()> {
        let Self { first, main, handle, requests, outside, actions, closing } = self;
        let weak = handle.weak();
        drop(handle);
        let outside = outside.with_look(move || {
            let mut handle = weak.clone();
            async move { Ok(handle.snapshot().await?) }.boxed()
        });
        let mut running = Running::new(first, main, requests, outside, actions);
        let reason = poll_fn(|cx| running.poll(cx)).await;
        drop(running);
        closing.tell(reason)
    }
}

impl Default for Ground {
    fn default() -> Self {
        Self::new()
    }
}
