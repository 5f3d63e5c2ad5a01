//! The messages of a topic, as a stream for code outside the ground.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::{Stream, StreamExt};

use super::feed::{Feed, Feeder};
use super::request::{Request, Strong};
use crate::{AnyMessage, Event, EventKinds, Message, Pattern, Spawn};

/// The messages of a topic, as a stream for code outside the ground; made by
/// [`Handle::subscribe`](crate::Handle::subscribe). There is an example at [`Handle`](crate::Handle).
///
/// Only the last item can be an error: the stream was read too slowly, or the subscribing process has failed or been
/// killed. Dropping the stream ends the subscription. If it was made by a strong handle, it keeps the ground running
/// as the handle does.
#[must_use = "a subscription ends when it is dropped"]
pub struct Subscription<M> {
    messages: Feed<AnyMessage>,
    message_type: PhantomData<fn() -> M>,
}

impl<M: Message> Subscription<M> {
    /// The subscription, and the request for the process that feeds it.
    pub(crate) fn new(topic: M::Pattern, capacity: usize, strong: Option<Strong>) -> (Self, Request) {
        let (messages, request) = Feed::new(capacity, strong, |feeder| subscriber(topic, feeder));
        (Self { messages, message_type: PhantomData }, request)
    }
}

fn subscriber<P>(topic: P, feeder: Feeder<AnyMessage>) -> Spawn
where
    P: Pattern<Value: Message<Pattern = P>>,
{
    Spawn::new(feeder, move |_, cx| {
        cx.subscriber(topic).on(EventKinds::MESSAGE, |feeder, cx, event| {
            if let Event::Message { message, .. } = *event {
                feeder.give(cx, message.clone());
            }
            Ok(())
        });
    })
    .named("subscription")
}

impl<M: Message> Stream for Subscription<M> {
    type Item = anyhow::Result<Arc<M>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.messages.poll_next_unpin(cx).map(|item| item?.map(AnyMessage::downcast).transpose())
    }
}

impl<M> fmt::Debug for Subscription<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").finish_non_exhaustive()
    }
}
