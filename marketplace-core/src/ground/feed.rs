//! What a process at the ground hands to a reader outside, item by item: a bounded stream, which ends with an error
//! where it is read too slowly or its process fails.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use anyhow::anyhow;
use futures::channel::mpsc;
use futures::future::BoxFuture;
use futures::{FutureExt, Stream, StreamExt};

use super::end::GroundEnded;
use super::process_handle::ProcessHandle;
use super::request::{Request, Strong};
use super::waiting::Waiting;
use crate::{Reason, Spawn};

/// The reader's end. Dropping it ends the process; made by a strong handle it keeps the ground going as that does.
pub(super) struct Feed<T> {
    items: Waiting<mpsc::Receiver<T>>,
    overrun: Arc<AtomicBool>,
    process: ProcessHandle,
    /// Why there are no more items; nothing once that has been told.
    ended: Option<BoxFuture<'static, Result<Reason, GroundEnded>>>,
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
        let (process, end) = ProcessHandle::new();
        let ended = Some(process.ended().boxed());
        let feed = Self { items: Waiting::new(items), overrun, process, ended, _strong: strong };
        (feed, Request::Spawn(spawn, end))
    }
}

impl<T> Feeder<T> {
    /// Hands on an item. If there is no room for it, or nobody reads any more, the process quits.
    pub(super) fn give<S: 'static>(&mut self, cx: &mut crate::Context<'_, S>, item: T) {
        if let Err(refused) = self.sender.try_send(item) {
            self.overrun.store(refused.is_full(), Ordering::Release);
            self.sender.close_channel();
            cx.quit();
        }
    }
}

impl<T> Stream for Feed<T> {
    type Item = anyhow::Result<T>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if let Some(item) = ready!(this.items.poll_next_unpin(cx)) {
            return Poll::Ready(Some(Ok(item)));
        }
        let Some(ended) = &mut this.ended else { return Poll::Ready(None) };
        let ended = if this.overrun.load(Ordering::Acquire) {
            Err(anyhow!("read too slowly: the queue of unread items is full"))
        } else {
            // With the ground it ends well.
            ready!(ended.poll_unpin(cx)).map_or(Ok(()), Reason::into_result)
        };
        this.ended = None;
        Poll::Ready(ended.err().map(Err))
    }
}

impl<T> Drop for Feed<T> {
    fn drop(&mut self) {
        self.process.kill(Reason::normal());
    }
}
