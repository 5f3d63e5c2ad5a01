//! A process that was spawned from outside the ground, as the code outside refers to it.

use std::fmt;

use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::Shared;

use super::end::GroundEnded;
use super::waiting::Waiting;
use crate::panic::Contained;
use crate::{Pid, Reason};

/// Refers to a process that was spawned from outside the ground; made by [`Handle::spawn`](crate::Handle::spawn). Use
/// it to wait for the end of the process, or to end it.
///
/// Dropping it does not end the process. Any number of tasks, on any threads, can wait for the process. Waiting keeps
/// neither the process nor the ground running.
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

/// The ground's side of it.
pub(crate) struct SpawnedEnd {
    pub(crate) pid: oneshot::Sender<Pid>,
    pub(crate) ended: oneshot::Sender<Reason>,
    /// Contained, since the reason is a user's value, which may panic when it is dropped.
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

    /// Waits until the process has taken its first turn, and returns its Pid at the ground.
    ///
    /// # Errors
    ///
    /// An error if the ground ended before that.
    pub fn pid(&self) -> impl Future<Output = Result<Pid, GroundEnded>> + Send + use<> {
        Waiting::new(self.pid.clone()).map(|told| told.map_err(|_| GroundEnded))
    }

    /// Waits until the process and its endpoints are gone, and returns the reason. The reason is normal if the
    /// process was collected (rule S12).
    ///
    /// # Errors
    ///
    /// An error if the ground ended or was dropped before the process ended.
    pub fn ended(&self) -> impl Future<Output = Result<Reason, GroundEnded>> + Send + use<> {
        Waiting::new(self.ended.clone()).map(|told| told.map_err(|_| GroundEnded))
    }

    /// Ends the process, for a reason that its peers get.
    ///
    /// This does not wait. If the ground is behind with its work, the process may end before earlier requests of
    /// handles are performed, but not before its first turn. Only the first call counts. If the process has ended,
    /// nothing happens.
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
