//! A process that was spawned from outside the ground, as the outside has it.

use std::fmt;

use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::Shared;

use super::end::GroundEnded;
use super::waiting::Waiting;
use crate::panic::Contained;
use crate::{Pid, Reason};

/// A process that was spawned from outside; made by [`Handle::spawn`](crate::Handle::spawn).
///
/// To drop it ends nothing. Any number of tasks, on any threads, can wait for the process; that keeps neither it nor the
/// ground going.
///
/// # Examples
///
/// ```
/// use futures::{executor::block_on, join};
/// use marketplace_core::{Ground, Message, Spawn, topic};
///
/// #[derive(Debug, Message)]
/// struct Job;
///
/// # fn main() -> anyhow::Result<()> {
/// let program = Ground::new();
/// let mut handle = program.handle();
/// let outside = async move {
///     let worker = Spawn::new((), |(), cx| {
///         cx.subscriber(topic!(Job)).on_message(|(), _, _| anyhow::bail!("broken"));
///     });
///     let worker = handle.spawn(worker).await?;
///     handle.send(Job).await?;
///     anyhow::Ok(worker.ended().await?.to_string())
/// };
/// let (ended, reason) = block_on(async { join!(program.run(), outside) });
/// ended?;
/// assert_eq!(reason?, "broken");
/// # Ok(())
/// # }
/// ```
pub struct ProcessHandle {
    pid: Shared<oneshot::Receiver<Pid>>,
    ended: Shared<oneshot::Receiver<Reason>>,
    kill: Option<oneshot::Sender<Reason>>,
}

/// The ground's end of it.
pub(crate) struct SpawnedEnd {
    pub(crate) pid: oneshot::Sender<Pid>,
    pub(crate) ended: oneshot::Sender<Reason>,
    /// The reason is a user's, and may panic as it is dropped.
    pub(crate) killed: Contained<oneshot::Receiver<Reason>>,
}

impl ProcessHandle {
    pub(crate) fn new() -> (Self, SpawnedEnd) {
        let (pid_sender, pid) = oneshot::channel();
        let (end_sender, ended) = oneshot::channel();
        let (kill, killed) = oneshot::channel();
        let killed = Contained::new(killed, "the reason of a kill from outside");
        let spawned = Self { pid: pid.shared(), ended: ended.shared(), kill: Some(kill) };
        (spawned, SpawnedEnd { pid: pid_sender, ended: end_sender, killed })
    }

    /// Waits until the process has taken its first turn; its Pid, which it has at the ground.
    ///
    /// # Errors
    ///
    /// If the ground has ended before that.
    pub fn pid(&self) -> impl Future<Output = Result<Pid, GroundEnded>> + Send + use<> {
        Waiting::new(self.pid.clone()).map(|told| told.map_err(|_| GroundEnded))
    }

    /// Waits until the process and its endpoints are gone; the reason, which is normal also where it was collected
    /// (rule S12).
    ///
    /// # Errors
    ///
    /// If the ground has ended, or was dropped, while the process was there.
    pub fn ended(&self) -> impl Future<Output = Result<Reason, GroundEnded>> + Send + use<> {
        Waiting::new(self.ended.clone()).map(|told| told.map_err(|_| GroundEnded))
    }

    /// Ends the process for a reason, of which its peers are told.
    ///
    /// This needs no waiting: where the ground is behind, it may overtake what handles have asked for before, but not
    /// the process' first turn. The first reason counts. A process that has gone already stays gone.
    pub fn kill(&mut self, reason: impl Into<Reason>) {
        if let Some(kill) = self.kill.take() {
            let _gone = kill.send(reason.into());
        }
    }
}

impl fmt::Debug for ProcessHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessHandle").finish_non_exhaustive()
    }
}
