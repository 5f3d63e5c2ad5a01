//! The messages of a topic, as a stream for code outside the ground.

use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use anyhow::anyhow;
use futures::channel::{mpsc, oneshot};
use futures::future::BoxFuture;
use futures::{FutureExt, Stream, StreamExt};

use super::request::Strong;
use crate::{AnyMessage, Event, Kinds, Message, Pattern, Spawn};

/// The messages of a topic, as a stream; made by [`Handle::subscribe`](crate::Handle::subscribe), and shown
/// at [`Handle`](crate::Handle).
///
/// An item is an error only where more messages came than there was room for; it is the last.
/// Dropping it ends the subscription. Made by a strong handle it keeps the ground going as that does.
#[must_use = "a subscription ends as it is dropped"]
pub struct Subscription<M> {
    messages: mpsc::Receiver<AnyMessage>,
    overrun: Arc<AtomicBool>,
    _until: oneshot::Sender<Infallible>,
    _strong: Option<Strong>,
    message_type: PhantomData<fn() -> M>,
}

/// More than there is memory for, and fewer than a channel refuses.
const MOST_WAITING: usize = usize::MAX >> 3;

impl<M: Message> Subscription<M> {
    /// The subscription, the process that feeds it, and the future that is done when it is dropped.
    pub(crate) fn new(
        topic: M::Pattern,
        capacity: usize,
        strong: Option<Strong>,
    ) -> (Self, Spawn, BoxFuture<'static, ()>) {
        // The sender has a place of its own in the channel, besides.
        let (sender, messages) = mpsc::channel(capacity.saturating_sub(1).min(MOST_WAITING));
        let (until, dropped) = oneshot::channel();
        let overrun = Arc::new(AtomicBool::new(false));
        let feeder = feeder(topic, sender, Arc::clone(&overrun));
        let subscription =
            Self { messages, overrun, _until: until, _strong: strong, message_type: PhantomData };
        (subscription, feeder, dropped.map(|_| ()).boxed())
    }
}

fn feeder<P>(topic: P, sender: mpsc::Sender<AnyMessage>, overrun: Arc<AtomicBool>) -> Spawn
where
    P: Pattern<Value: Message<Pattern = P>>,
{
    Spawn::new(sender, move |_, cx| {
        cx.subscriber(topic).on(Kinds::MESSAGE, move |sender, cx, event| {
            if let Event::Message { message, .. } = *event
                && let Err(refused) = sender.try_send(message.clone())
            {
                overrun.store(refused.is_full(), Ordering::Release);
                sender.close_channel();
                cx.quit();
            }
            Ok(())
        });
    })
    .named("subscription")
}

impl<M: Message> Stream for Subscription<M> {
    type Item = anyhow::Result<Arc<M>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.messages.poll_next_unpin(cx).map(|message| match message {
            Some(message) => message.downcast().map(Ok),
            None if self.overrun.swap(false, Ordering::AcqRel) => {
                Some(Err(anyhow!("subscription ended: more messages came than it had room for")))
            }
            None => None,
        })
    }
}

impl<M> fmt::Debug for Subscription<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").finish_non_exhaustive()
    }
}
