//! Running grounds, and the handles to them.

use std::sync::mpsc::Sender;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::anyhow;
use marketplace_core::{Counters, Handle};

use crate::notice::{Notice, deadline};

/// Running grounds; [`Grounds::start`](crate::Grounds::start) returns it.
///
/// A ground that ends without an error does not affect the others. If a ground fails or is asked to stop, all of them are
/// stopped. Dropping this value does not stop the grounds.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use futures::executor::block_on;
/// use marketplace_core::{Ground, Message, Spawn, topic};
/// use marketplace_grounds::Grounds;
///
/// #[derive(Debug, Message)]
/// struct Job(u32);
///
/// # fn main() -> anyhow::Result<()> {
/// let worker = || Spawn::new((), |(), cx| drop(cx.subscriber(topic!(Job(_))).on_message(|(), _, _| ())));
/// let grounds = Grounds::new(move |_index| Ok(Ground::new().spawn(worker()))).start(block_on)?;
/// grounds.stop_handle().stop(Duration::from_secs(1));
/// grounds.join()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "`join` returns how the grounds ended"]
pub struct RunningGrounds {
    pub(crate) handles: Vec<Handle>,
    pub(crate) sender: Sender<Notice>,
    pub(crate) keeper: JoinHandle<anyhow::Result<()>>,
}

/// Asks all grounds to stop, from any thread; [`RunningGrounds::stop_handle`] returns it. It keeps no ground running.
#[derive(Clone, Debug)]
pub struct StopHandle(Sender<Notice>);

impl RunningGrounds {
    /// A weak handle to each ground, in the order of their numbers.
    ///
    /// Stopping one of them by [`Handle::stop`] stops all, with the same deadline. There is one exception: if that deadline
    /// has already passed, only that ground stops, because it ends before it can report the stop. To stop all grounds at
    /// once, use [`stop_handle`](Self::stop_handle).
    #[must_use]
    pub fn handles(&self) -> &[Handle] {
        &self.handles
    }

    /// A handle that asks all grounds to stop, from any thread.
    #[must_use]
    pub fn stop_handle(&self) -> StopHandle {
        StopHandle(self.sender.clone())
    }

    /// The sum of the counters of all grounds that have not ended.
    pub async fn counters(&self) -> Counters {
        let mut all = Counters::default();
        for handle in &self.handles {
            // A ground that has ended has no counters any more.
            all += handle.clone().counters().await.unwrap_or_default();
        }
        all
    }

    /// Waits until all grounds and their threads have ended.
    ///
    /// # Errors
    ///
    /// The first error with which a ground ended: the error of its main process, which is a
    /// [`Reason`](marketplace_core::Reason), or a panic of its thread. Its context names the ground. The other grounds were
    /// then asked to stop within [`Grounds::grace`](crate::Grounds::grace). Their errors are logged.
    pub fn join(self) -> anyhow::Result<()> {
        self.keeper
            .join()
            .unwrap_or_else(|_| Err(anyhow!("the thread that manages the grounds has panicked")))
    }
}

impl StopHandle {
    /// Asks all grounds to stop (rule S18), and to drop what is left after `grace`.
    ///
    /// If there are several requests, the earliest deadline counts. If all grounds have ended, nothing happens.
    pub fn stop(&self, grace: Duration) {
        let _ended = self.0.send(Notice::Stopping(deadline(grace)));
    }
}
