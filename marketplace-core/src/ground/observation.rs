//! The publishers or subscribers of a topic, as a stream for code outside the ground.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::{Stream, StreamExt};

use super::end::GroundEnded;
use super::feed::{Feed, Feeder};
use super::handle::Handle;
use super::request::{Request, Strong};
use crate::{
    EndpointId, Event, EventKinds, Interest, Message, Orientation, Pattern, Reason, Role, Spawn, Topic,
};

/// The publishers or subscribers of a topic at the ground, as a stream of [`PresenceChange`]s for code outside; made
/// by [`Handle::observe_publishers`] and [`Handle::observe_subscribers`].
///
/// Only the last item can be an error: the stream was read too slowly, or the observing process has failed or been
/// killed. A new observation then begins with all peers again. When the ground ends, the stream ends without an
/// error. Dropping the stream ends the observation. If it was made by a strong handle, it keeps the ground running as
/// the handle does.
#[must_use = "an observation ends when it is dropped"]
pub struct Observation<P> {
    told: Feed<PresenceChange<Topic>>,
    pattern: PhantomData<fn() -> P>,
}

/// An item of an [`Observation`].
///
/// The parts of a conversation are patterns. With `use marketplace_core::Pattern`, `conversation.field.value()` is
/// the value of a field, if the conversation pins it down.
#[derive(Clone, Debug)]
pub enum PresenceChange<P> {
    /// A peer was added.
    Presence {
        /// Its endpoint.
        id: EndpointId,
        /// The messages of the observed topic that it is about.
        conversation: P,
        /// Its interest.
        interest: Interest,
    },
    /// A peer was removed.
    Absence {
        /// Its endpoint, with the same number as its presence.
        id: EndpointId,
        /// The same as in its presence.
        conversation: P,
        /// The same as in its presence.
        interest: Interest,
        /// Why it was removed.
        reason: Reason,
    },
    /// All peers that existed at the beginning have been reported (rule S9). If there was none, no peer exists now.
    Settled {
        /// How many there were.
        peers: usize,
    },
}

impl Handle {
    /// Observes the publishers of `topic` at the ground. They do not see it.
    ///
    /// The stream begins with the publishers that exist already, then reports [`PresenceChange::Settled`], then each
    /// change. Up to `capacity` items can wait to be read. One more ends the stream with an error, as with
    /// [`subscribe`](Self::subscribe). So there must be room for all publishers that exist at the beginning.
    ///
    /// # Errors
    ///
    /// An error if the ground has ended.
    ///
    /// # Examples
    ///
    /// ```
    /// use anyhow::Context as _;
    /// use futures::{StreamExt, executor::block_on, join};
    /// use marketplace_core::{Ground, Message, PresenceChange, Pattern, Spawn, topic};
    ///
    /// #[derive(Debug, Message)]
    /// struct Room { name: &'static str }
    ///
    /// # fn main() -> anyhow::Result<()> {
    /// let room = Spawn::new((), |(), cx| {
    ///     cx.publisher(topic!(Room { name: "kitchen" }));
    /// });
    /// let program = Ground::new().spawn(room);
    /// let mut handle = program.handle();
    /// let outside = async move {
    ///     let mut rooms = handle.observe_publishers(topic!(Room { .. }), 16).await?;
    ///     let first = rooms.next().await.context("the ground has ended")??;
    ///     let PresenceChange::Presence { conversation, .. } = first else { anyhow::bail!("no room: {first:?}") };
    ///     anyhow::Ok(conversation.name.value())
    /// };
    /// let (ended, name) = block_on(async { join!(program.run(), outside) });
    /// ended?;
    /// assert_eq!(name?, Some("kitchen"));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn observe_publishers<P>(
        &mut self,
        topic: P,
        capacity: usize,
    ) -> Result<Observation<P>, GroundEnded>
    where
        P: Pattern<Value: Message<Pattern = P>>,
    {
        self.observe(Orientation::Publisher, topic, capacity).await
    }

    /// Observes the subscribers of `topic` at the ground. They do not see it. Otherwise it is like
    /// [`observe_publishers`](Self::observe_publishers).
    ///
    /// # Errors
    ///
    /// An error if the ground has ended.
    pub async fn observe_subscribers<P>(
        &mut self,
        topic: P,
        capacity: usize,
    ) -> Result<Observation<P>, GroundEnded>
    where
        P: Pattern<Value: Message<Pattern = P>>,
    {
        self.observe(Orientation::Subscriber, topic, capacity).await
    }

    async fn observe<P>(
        &mut self,
        observed: Orientation,
        topic: P,
        capacity: usize,
    ) -> Result<Observation<P>, GroundEnded>
    where
        P: Pattern<Value: Message<Pattern = P>>,
    {
        let (observation, request) = Observation::new(observed, topic, capacity, self.strong.clone());
        self.request(request).await?;
        Ok(observation)
    }
}

impl<P: Pattern<Value: Message<Pattern = P>>> Observation<P> {
    /// The observation of the peers of an orientation, and the request for the process that feeds it.
    pub(crate) fn new(
        observed: Orientation,
        topic: P,
        capacity: usize,
        strong: Option<Strong>,
    ) -> (Self, Request) {
        let (told, request) = Feed::new(capacity, strong, |feeder| observer(observed, topic, feeder));
        (Self { told, pattern: PhantomData }, request)
    }
}

fn observer<P>(observed: Orientation, topic: P, feeder: Feeder<PresenceChange<Topic>>) -> Spawn
where
    P: Pattern<Value: Message<Pattern = P>>,
{
    Spawn::new(feeder, move |_, cx| {
        let endpoint = match observed {
            Orientation::Publisher => cx.observe_publishers(topic),
            Orientation::Subscriber => cx.observe_subscribers(topic),
        };
        endpoint.on(EventKinds::PRESENCE | EventKinds::ABSENCE | EventKinds::SETTLED, |feeder, cx, event| {
            if let Some(told) = told(event) {
                feeder.give(cx, told);
            }
            Ok(())
        });
    })
    .named("observation")
}

fn told(event: &Event<'_>) -> Option<PresenceChange<Topic>> {
    Some(match event {
        Event::Presence { peer: id, role: Role { topic, interest, .. }, .. } => {
            PresenceChange::Presence { id: *id, conversation: topic.clone(), interest: *interest }
        }
        Event::Absence { peer: id, role: Role { topic, interest, .. }, reason, .. } => {
            PresenceChange::Absence {
                id: *id,
                conversation: topic.clone(),
                interest: *interest,
                reason: reason.clone(),
            }
        }
        Event::Settled { peers, .. } => PresenceChange::Settled { peers: *peers },
        _ => return None,
    })
}

impl PresenceChange<Topic> {
    /// The same with the type of its conversation.
    fn typed<P: Pattern<Value: Message<Pattern = P>>>(self) -> Option<PresenceChange<P>> {
        let typed = |topic: Topic| topic.downcast_ref::<P::Value>().cloned();
        Some(match self {
            Self::Presence { id, conversation, interest } => {
                PresenceChange::Presence { id, conversation: typed(conversation)?, interest }
            }
            Self::Absence { id, conversation, interest, reason } => {
                PresenceChange::Absence { id, conversation: typed(conversation)?, interest, reason }
            }
            Self::Settled { peers } => PresenceChange::Settled { peers },
        })
    }
}

impl<P: Pattern<Value: Message<Pattern = P>>> Stream for Observation<P> {
    type Item = anyhow::Result<PresenceChange<P>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.told.poll_next_unpin(cx).map(|item| item?.map(PresenceChange::typed).transpose())
    }
}

impl<P> fmt::Debug for Observation<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observation").finish_non_exhaustive()
    }
}
