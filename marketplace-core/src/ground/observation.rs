//! Who is there for a topic, as a stream for code outside the ground.

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

/// Who is there for a topic, as a stream; made by [`Handle::observe_publishers`] and
/// [`Handle::observe_subscribers`].
///
/// Only the last item can be an error: more came than there was room for, or the process that observes has failed or been
/// killed. Whoever observes anew is told anew of all who are there. Dropping it ends the observation. Made by a strong handle it keeps the ground going as
/// that does. It ends without an error with its ground.
#[must_use = "an observation ends as it is dropped"]
pub struct Observation<P> {
    told: Feed<PresenceChange<Topic>>,
    pattern: PhantomData<fn() -> P>,
}

/// What an [`Observation`] tells.
///
/// The parts of a conversation are patterns: `conversation.field.value()`, with `use marketplace_core::Pattern`, is what
/// a field must be, if the conversation says so.
#[derive(Clone, Debug)]
pub enum PresenceChange<P> {
    /// Somebody appeared.
    Presence {
        /// Which endpoint it is.
        id: EndpointId,
        /// The messages of the observed topic that it is about.
        conversation: P,
        /// Its interest: a participant, unless told otherwise.
        interest: Interest,
    },
    /// Somebody disappeared.
    Absence {
        /// Which endpoint it was: the number that its presence had.
        id: EndpointId,
        /// As its presence told.
        conversation: P,
        /// As its presence told.
        interest: Interest,
        /// Why it went.
        reason: Reason,
    },
    /// All who were there have been told of: before this, "nobody yet"; after it, "nobody" (rule S9).
    Settled {
        /// How many they were.
        peers: usize,
    },
}

impl Handle {
    /// Watches the publishers of `topic` at the ground, unseen by them.
    ///
    /// The stream first tells of those who are there, then that these were all, then of all who come and go. As with
    /// [`subscribe`](Self::subscribe), `capacity` is how much may wait to be read, and more than that ends the stream
    /// with an error as the last item. So there must be room for all who are there at first.
    ///
    /// # Errors
    ///
    /// If the ground has ended.
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

    /// Watches the subscribers of `topic` at the ground, unseen by them; otherwise as
    /// [`observe_publishers`](Self::observe_publishers).
    ///
    /// # Errors
    ///
    /// If the ground has ended.
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
    /// The observation of those of an orientation, and the request for the process that feeds it.
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
    /// The same with its conversation's type.
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
