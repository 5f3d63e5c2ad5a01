//! A bounded stream from a process at the ground to a reader outside. It ends with an error if it is read too slowly,
//! or if its process fails.

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

/// The reader's side. Dropping it ends the process. If it was made by a strong handle, it keeps the ground running as
/// the handle does.
pub(super) struct Feed<T> {
    items: Waiting<mpsc::Receiver<T>>,
    overrun: Arc<AtomicBool>,
    process: ProcessHandle,
    /// Why there are no more items. `None` once the stream has returned that.
    ended: Option<BoxFuture<'static, Result<Reason, GroundEnded>>>,
    _strong: Option<Strong>,
}

/// The process' side.
pub(super) struct Feeder<T> {
    sender: mpsc::Sender<T>,
    overrun: Arc<AtomicBool>,
}

/// More than fits into memory, and fewer than a channel allows.
const MOST_WAITING: usize = usize::MAX >> 3;

impl<T: Send + 'static> Feed<T> {
    /// A feed with room for `capacity` items, or one if that is 0, and the request for the process that `make` makes.
    pub(super) fn new(
        capacity: usize,
        strong: Option<Strong>,
        make: impl FnOnce(Feeder<T>) -> Spawn,
    ) -> (Self, Request) {
        // The sender has one more place in the channel.
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
    /// Sends an item to the reader. If there is no room for it, or the reader is gone, the process quits.
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
            // If the ground has ended, the stream ends without an error.
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
