//! The ground: the outermost VM, driven as a future, with the events of the outside world.

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

/// The outermost VM and its link to the outside world.
///
/// [`run`](Self::run) is a plain future, for any executor. All that happens in the program happens where it
/// is polled, so block on it by the runtime of the drivers: then the thread that waits for the sockets also
/// runs the program. As a spawned task, each event has a further thread to wake.
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
    /// What the VM is to be lent, with the traces.
    actions: Actions,
    /// The last, so that all else is gone when it tells that the ground was dropped.
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

    /// Adds a process; they start in the order given, the main one last.
    #[must_use]
    pub fn spawn(mut self, spawn: Spawn) -> Self {
        self.first.push(spawn);
        self
    }

    /// Adds the process with which the program ends: when it quits, fails or is killed, the program stops as
    /// if a handle had asked for it without a deadline, and its error is [`run`](Self::run)'s. (Being
    /// collected, because nothing can ever happen to it, ends nothing.) There is one; the last one given
    /// counts.
    ///
    /// What has futures or event sources, those [in the background](EventSource::in_background) left out, and does not
    /// heed [`Stopping`] keeps the program, until the deadline of a [`Handle::stop`] has passed.
    #[must_use]
    pub fn main(mut self, spawn: Spawn) -> Self {
        self.main = Some(spawn);
        self
    }

    /// Says how to wait, which [`Context::sleep_then`](crate::Context::sleep_then) and all that has to do with time
    /// needs: by a runtime's own function, `async_std::task::sleep` or `tokio::time::sleep`, or another from a
    /// duration to a future.
    #[must_use]
    pub fn with_sleep<F>(mut self, sleep: impl Fn(Duration) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.outside = self.outside.with_sleep(Sleep::new(sleep));
        self
    }

    /// Adds somebody who is told what happens in the program, from its beginning to its end.
    #[must_use]
    pub fn with_trace(mut self, trace: impl Trace) -> Self {
        self.actions = self.actions.with_trace(trace);
        self
    }

    /// A strong handle on this ground.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Runs the program until nothing is left that could ever happen (rule S15), or until it has stopped
    /// (rule S18).
    ///
    /// # Errors
    ///
    /// The error with which the main process failed; a [`Reason`](crate::Reason) that shares it, where somebody else
    /// still has it, or can ask for it: through a handle, see [`Handle::closed`].
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
