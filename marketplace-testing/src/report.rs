//! What processes of the test's own making report to it.

use std::fmt;
use std::iter;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{anyhow, bail};
use futures::channel::mpsc;
use futures::{FutureExt, StreamExt};

use crate::running::Running;

/// A process' end of a channel to its test; made by [`TestVm::reports`](crate::TestVm::reports).
pub struct Reporter<T>(mpsc::UnboundedSender<T>);

/// The test's end of a channel on which processes report whatever they like, where an [`Inbox`](crate::Inbox) does not
/// show it; made by [`TestVm::reports`](crate::TestVm::reports).
///
/// # Examples
///
/// ```
/// use marketplace_core::{Ground, Message, Spawn, topic};
/// use marketplace_testing::TestProgram;
///
/// #[derive(Debug, Message)]
/// struct Word(&'static str);
///
/// # fn main() -> anyhow::Result<()> {
/// let program = TestProgram::by_hand(Ground::new());
/// let (reporter, lengths) = program.reports();
/// program.spawn(Spawn::new((), move |(), cx| {
///     cx.subscriber(topic!(Word(_))).on_message(move |(), _, word| reporter.report(word.0.len()));
/// }))?;
/// program.send(Word("hello"))?;
/// assert_eq!(lengths.next()?, 5);
/// # Ok(())
/// # }
/// ```
pub struct Reports<T> {
    running: Arc<Running>,
    reports: Mutex<mpsc::UnboundedReceiver<T>>,
}

impl<T> Reporter<T> {
    /// Reports, if the test still wants to know.
    pub fn report(&self, report: T) {
        let _unheard = self.0.unbounded_send(report);
    }
}

impl<T> Reports<T> {
    pub(crate) fn open(running: &Arc<Running>) -> (Reporter<T>, Self) {
        let (sender, reports) = mpsc::unbounded();
        (Reporter(sender), Self { running: Arc::clone(running), reports: Mutex::new(reports) })
    }

    /// The next report.
    ///
    /// # Errors
    ///
    /// There is none in time, or nobody is left to report; what has happened in the program instead.
    pub fn next(&self) -> anyhow::Result<T> {
        self.wait()?.ok_or_else(|| self.failure(&anyhow!("nobody is left to report")))
    }

    /// What has been reported and not been taken.
    #[must_use]
    pub fn rest(&self) -> Vec<T> {
        self.running.settle();
        let mut reports = self.lock();
        iter::from_fn(|| reports.next().now_or_never().flatten()).collect()
    }

    /// All that is reported, once nobody is left to report.
    ///
    /// # Errors
    ///
    /// Somebody is left, and reports no more; what has happened in the program instead.
    pub fn all(&self) -> anyhow::Result<Vec<T>> {
        iter::from_fn(|| self.wait().transpose()).collect()
    }

    /// Waits until nobody is left to report; nothing more is reported.
    ///
    /// # Errors
    ///
    /// Somebody is left, or something is reported; what has happened in the program.
    pub fn ended(&self) -> anyhow::Result<()> {
        match self.wait()? {
            None => Ok(()),
            Some(_) => bail!(self.failure(&anyhow!("nobody was to be left to report, and somebody does"))),
        }
    }

    /// The next report, or nothing once nobody is left to report.
    fn wait(&self) -> anyhow::Result<Option<T>> {
        let next = self.running.wait(self.lock().next());
        next.map_err(|error| self.failure(&error.context("nothing is reported")))
    }

    fn failure(&self, error: &anyhow::Error) -> anyhow::Error {
        anyhow!("{error:#}\n{}", self.running.report(None))
    }

    fn lock(&self) -> MutexGuard<'_, mpsc::UnboundedReceiver<T>> {
        self.reports.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Clone for Reporter<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> fmt::Debug for Reporter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reporter").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Reports<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reports").finish_non_exhaustive()
    }
}
