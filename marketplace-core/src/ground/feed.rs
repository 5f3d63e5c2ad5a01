//! What a process at the ground hands to a reader outside, item by item: a bounded stream, which ends with an error
//! where it is read too slowly.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task;

use anyhow::anyhow;
use futures::channel::mpsc;
use futures::{Stream, StreamExt};

use super::request::{Request, Strong};
use super::spawned::Spawned;
use super::waiting::Waiting;
use crate::{Context, Reason, Spawn};

/// The reader's end. Dropping it ends the process; made by a strong handle it keeps the ground going as that does.
pub(super) struct Feed<T> {
    items: Waiting<mpsc::Receiver<T>>,
    overrun: Arc<AtomicBool>,
    process: Spawned,
    _strong: Option<Strong>,
}

/// The process' end.
pub(super) struct Feeder<T> {
    sender: mpsc::Sender<T>,
    overrun: Arc<AtomicBool>,
}

/// More than there is memory for, and fewer than a channel refuses.
const MOST_WAITING: usize = usize::MAX >> 3;

impl<T: Send + 'static> Feed<T> {
    /// A feed with room for `capacity` items, or one if that is 0, and the request for the process that `make` makes.
    pub(super) fn new(
        capacity: usize,
        strong: Option<Strong>,
        make: impl FnOnce(Feeder<T>) -> Spawn,
    ) -> (Self, Request) {
        // The sender has a place of its own in the channel, besides.
        let (sender, items) = mpsc::channel(capacity.saturating_sub(1).min(MOST_WAITING));
        let overrun = Arc::new(AtomicBool::new(false));
        let spawn = make(Feeder { sender, overrun: Arc::clone(&overrun) });
        let (process, end) = Spawned::new();
        let feed = Self { items: Waiting::new(items), overrun, process, _strong: strong };
        (feed, Request::Spawn(spawn, end))
    }
}

impl<T> Feeder<T> {
    /// Hands on an item. If there is no room for it, or nobody reads any more, the process quits.
    pub(super) fn give<S: 'static>(&mut self, cx: &mut Context<'_, S>, item: T) {
        if let Err(refused) = self.sender.try_send(item) {
            self.overrun.store(refused.is_full(), Ordering::Release);
            self.sender.close_channel();
            cx.quit();
        }
    }
}

impl<T> Stream for Feed<T> {
    type Item = anyhow::Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> task::Poll<Option<Self::Item>> {
        self.items.poll_next_unpin(cx).map(|item| match item {
            Some(item) => Some(Ok(item)),
            None if self.overrun.swap(false, Ordering::AcqRel) => {
                Some(Err(anyhow!("read too slowly: more came than there was room for")))
            }
            None => None,
        })
    }
}

impl<T> Drop for Feed<T> {
    fn drop(&mut self) {
        self.process.kill(Reason::normal());
    }
}
