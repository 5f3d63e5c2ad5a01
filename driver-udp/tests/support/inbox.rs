//! What a test hears of its program.

use std::io;

use anyhow::Context as _;
use async_std::future::timeout;
use async_std::task::block_on;
use driver_udp::{UdpError, UdpPacket};
use futures::{FutureExt, StreamExt};
use marketplace_core::{Message, Reason, Subscription};

use super::PATIENCE;

/// The messages of a topic, in the form in which tests compare them.
pub(crate) struct Inbox<M>(pub(super) Subscription<M>);

/// A message in the form in which tests compare it.
pub(crate) trait Report: Message {
    type Reported;

    fn report(&self) -> Self::Reported;
}

/// Why something did not work, as far as tests look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    Normal,
    Io(io::ErrorKind),
    Other(String),
}

impl<M: Report> Inbox<M> {
    pub(crate) fn next(&mut self) -> anyhow::Result<M::Reported> {
        let message = block_on(timeout(PATIENCE, self.0.next())).context("nothing has come")?;
        Ok(message.context("the program has ended")??.report())
    }

    /// What has come before the program has ended.
    pub(crate) fn rest(self) -> anyhow::Result<Vec<M::Reported>> {
        let all = self.0.map(|message| Ok(message?.report())).collect::<Vec<_>>();
        block_on(timeout(PATIENCE, all)).context("the program goes on")?.into_iter().collect()
    }

    /// The next one, if it is there already.
    pub(crate) fn try_next(&mut self) -> anyhow::Result<Option<M::Reported>> {
        let Some(message) = self.0.next().now_or_never() else { return Ok(None) };
        Ok(Some(message.context("the program has ended")??.report()))
    }
}

impl Report for UdpPacket {
    type Reported = Self;

    fn report(&self) -> Self {
        self.clone()
    }
}

impl Report for UdpError {
    /// Without its reason's text, where that is an operating system's.
    type Reported = (driver_udp::UdpAddress, Option<driver_udp::UdpAddress>, Why);

    fn report(&self) -> Self::Reported {
        (self.local.clone(), self.remote.clone(), Why::from(&self.reason))
    }
}

impl From<&Reason> for Why {
    fn from(reason: &Reason) -> Self {
        let Some(error) = reason.as_error() else { return Self::Normal };
        match error.downcast_ref::<io::Error>() {
            Some(error) => Self::Io(error.kind()),
            None => Self::Other(format!("{error:#}")),
        }
    }
}
