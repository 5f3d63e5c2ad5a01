//! A channel from processes to their test.

use std::fmt;
use std::iter;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{anyhow, bail};
use futures::channel::mpsc;
use futures::{FutureExt, StreamExt};

use crate::running::Running;

/// The sending end of a channel from processes to their test; [`TestVm::reports`](crate::TestVm::reports) makes it.
pub struct Reporter<T>(mpsc::UnboundedSender<T>);

/// The receiving end of a channel from processes to their test; [`TestVm::reports`](crate::TestVm::reports) makes it.
///
/// Use it for anything that an [`Inbox`](crate::Inbox) does not show, such as a value from a handler.
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
    /// Sends a report. If the test has dropped the receiving end, nothing happens.
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
    /// If there is none in time, or all reporters have been dropped. The error shows what has happened in the program.
    pub fn next(&self) -> anyhow::Result<T> {
        self.wait()?.ok_or_else(|| self.failure(&anyhow!("all reporters have been dropped")))
    }

    /// Takes all reports that have arrived so far.
    #[must_use]
    pub fn rest(&self) -> Vec<T> {
        self.running.settle();
        let mut reports = self.lock();
        iter::from_fn(|| reports.next().now_or_never().flatten()).collect()
    }

    /// Waits until all reporters have been dropped, and returns all reports.
    ///
    /// # Errors
    ///
    /// If a reporter is left and sends no more in time. The error shows what has happened in the program.
    pub fn all(&self) -> anyhow::Result<Vec<T>> {
        iter::from_fn(|| self.wait().transpose()).collect()
    }

    /// Waits until all reporters have been dropped, and checks that there is no further report.
    ///
    /// # Errors
    ///
    /// If a reporter is left, or sends a report. The error shows what has happened in the program.
    pub fn ended(&self) -> anyhow::Result<()> {
        match self.wait()? {
            None => Ok(()),
            Some(_) => bail!(self.failure(&anyhow!("expected the end of the reports, received another one"))),
        }
    }

    /// The next report, or `None` when all reporters have been dropped.
    fn wait(&self) -> anyhow::Result<Option<T>> {
        let next = self.running.wait(self.lock().next());
        next.map_err(|error| self.failure(&error.context("no report has arrived")))
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
