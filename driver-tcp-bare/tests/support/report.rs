//! What processes report to their test.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};

use anyhow::{Context as _, bail};
use marketplace_core::Reason;

use super::PATIENCE;

/// A process' end of a channel to its test.
pub(crate) struct Reporter<T>(Sender<T>);

/// The test's end.
pub(crate) struct Reports<T>(Receiver<T>);

pub(crate) fn reports<T>() -> (Reporter<T>, Reports<T>) {
    let (sender, receiver) = channel();
    (Reporter(sender), Reports(receiver))
}

impl<T> Reporter<T> {
    /// Reports, if the test still wants to know.
    pub(crate) fn report(&self, report: T) {
        let _gone = self.0.send(report);
    }
}

impl<T> Clone for Reporter<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Reports<T> {
    pub(crate) fn next(&self) -> anyhow::Result<T> {
        self.0.recv_timeout(PATIENCE).context("what was waited for has not been reported")
    }

    /// Waits until there is nobody left to report.
    pub(crate) fn wait_for_end(&self) -> anyhow::Result<()> {
        match self.0.recv_timeout(PATIENCE) {
            Err(RecvTimeoutError::Disconnected) => Ok(()),
            Err(RecvTimeoutError::Timeout) => bail!("what was to end has not"),
            Ok(_) => bail!("what was to end goes on"),
        }
    }

    /// All that is reported, once there is nobody left to report.
    pub(crate) fn all(&self) -> anyhow::Result<Vec<T>> {
        let mut all = Vec::new();
        loop {
            match self.0.recv_timeout(PATIENCE) {
                Ok(report) => all.push(report),
                Err(RecvTimeoutError::Disconnected) => return Ok(all),
                Err(RecvTimeoutError::Timeout) => bail!("what was to end has not"),
            }
        }
    }

    /// What has been reported and not looked at yet.
    pub(crate) fn rest(&self) -> Vec<T> {
        self.0.try_iter().collect()
    }
}

/// What an endpoint sees.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Presence,
    Bytes(Vec<u8>),
    Eof,
    Absence(Why),
}

/// Why an endpoint's peer went, as far as tests look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    Normal,
    Io(io::ErrorKind),
    Other(String),
}

impl Seen {
    pub(crate) const NORMAL_ABSENCE: Self = Self::Absence(Why::Normal);
    pub(crate) const REFUSED: Self = Self::Absence(Why::Io(io::ErrorKind::ConnectionRefused));
    pub(crate) const RESET: Self = Self::Absence(Why::Io(io::ErrorKind::ConnectionReset));
}

impl From<&Reason> for Why {
    fn from(reason: &Reason) -> Self {
        match reason.as_error() {
            None => Self::Normal,
            Some(error) => match error.downcast_ref::<io::Error>() {
                Some(error) => Self::Io(error.kind()),
                None => Self::Other(format!("{error:#}")),
            },
        }
    }
}
