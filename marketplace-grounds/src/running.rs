//! Grounds that run.

use std::sync::mpsc::Sender;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::anyhow;
use marketplace_core::{Counters, Handle};

use crate::news::{News, deadline};

/// Grounds that run, made by [`Grounds::start`](crate::Grounds::start).
///
/// A ground that comes to its end by itself leaves the others as they are. A ground that fails, or is asked to stop, has
/// all of them stop. Dropping this changes nothing: they go on.
#[derive(Debug)]
#[must_use = "without `join` nobody learns how the grounds have ended"]
pub struct RunningGrounds {
    pub(crate) handles: Vec<Handle>,
    pub(crate) teller: Sender<News>,
    pub(crate) keeper: JoinHandle<anyhow::Result<()>>,
}

/// Asks all grounds to stop; made by [`RunningGrounds::stop_handle`]. It keeps none of them.
#[derive(Clone, Debug)]
pub struct StopHandle(Sender<News>);

impl RunningGrounds {
    /// A weak handle on each ground, in the order of their numbers.
    ///
    /// To ask one of them to stop ([`Handle::stop`]) is to ask all, by the same deadline. A deadline that has passed already
    /// is that ground's alone, which then is gone before it can tell the others: [`stop_handle`](Self::stop_handle) stops
    /// all without any time, too.
    #[must_use]
    pub fn handles(&self) -> &[Handle] {
        &self.handles
    }

    /// What asks all grounds to stop, from any thread.
    #[must_use]
    pub fn stop_handle(&self) -> StopHandle {
        StopHandle(self.teller.clone())
    }

    /// How much has happened in all grounds, and how much there is; those left out that have ended.
    pub async fn counters(&self) -> Counters {
        let mut all = Counters::default();
        for handle in &self.handles {
            // A ground that has ended has no counters any more.
            all += handle.clone().counters().await.unwrap_or_default();
        }
        all
    }

    /// Waits until all grounds have ended, and their threads.
    ///
    /// # Errors
    ///
    /// The first error with which a ground has ended: that of its main process, which is a
    /// [`Reason`](marketplace_core::Reason) here, or a panic of its thread. Its context says which ground it was. The others
    /// were asked to stop then, and had [the grace](crate::Grounds::grace) to finish. Errors of theirs are in the log.
    pub fn join(self) -> anyhow::Result<()> {
        self.keeper.join().unwrap_or_else(|_| Err(anyhow!("whoever keeps the grounds has panicked")))
    }
}

impl StopHandle {
    /// Asks all grounds to stop (rule S18), and to drop what is left after `grace`.
    ///
    /// Of several requests the first deadline counts. Where all grounds have ended, nothing happens.
    pub fn stop(&self, grace: Duration) {
        let _ended = self.0.send(News::Stopping(deadline(grace)));
    }
}
