//! Inboxes: what an endpoint of the test receives.

use std::any::type_name;
use std::fmt::{self, Debug};
use std::iter;
use std::sync::Arc;

use anyhow::{anyhow, bail};
use futures::channel::mpsc;
use futures::{FutureExt, StreamExt};
use marketplace_core::{EndpointId, Event, EventKinds, Interest, Message, Orientation, Reason, Role};

use crate::process::TestProcess;
use crate::running::Running;
use crate::vm::TestVm;

/// The events that an endpoint of the test receives, in order. [`TestVm::subscriber`] and similar methods create it. The
/// endpoint is deleted when this value is dropped.
///
/// Each method takes the next event. It fails if this is an event of another kind, or if there is none in time. The error
/// shows the event, the last events of the program, and an explanation of the topic: which endpoints match and which do
/// not.
#[must_use = "the endpoint is deleted when this is dropped"]
pub struct Inbox<M: Message> {
    seen: mpsc::UnboundedReceiver<InboxEvent<M>>,
    role: Role,
    /// The process that owns the endpoint.
    process: TestProcess,
}

/// An event of an [`Inbox`].
pub enum InboxEvent<M: Message> {
    /// A peer has appeared.
    Presence {
        /// The number of the peer's endpoint.
        id: EndpointId,
        /// The intersection of both topics.
        conversation: M::Pattern,
        /// The peer's interest.
        interest: Interest,
    },
    /// A peer is gone.
    Absence {
        /// The number of the peer's endpoint, the same as in its presence.
        id: EndpointId,
        /// The conversation, the same as in its presence.
        conversation: M::Pattern,
        /// The reason of the absence.
        reason: Reason,
    },
    /// A message.
    Message(Arc<M>),
}

impl<M: Message> Inbox<M> {
    pub(crate) fn open(role: Role, kinds: EventKinds, vm: &TestVm) -> anyhow::Result<Self> {
        let Some(topic) = role.topic.downcast_ref::<M>().cloned() else {
            bail!("the topic is about messages of type {}, not {}", role.topic.type_name(), type_name::<M>());
        };
        let (orientation, interest) = (role.orientation, role.interest);
        let (sender, seen) = mpsc::unbounded();
        let process = vm.process(move |cx| {
            let endpoint = match (orientation, interest) {
                (Orientation::Publisher, Interest::Participant) => cx.publisher(topic),
                (Orientation::Publisher, Interest::Observer) => cx.observe_subscribers(topic),
                (Orientation::Publisher, Interest::Everything) => cx.observe_subscribers_everything(topic),
                (Orientation::Subscriber, Interest::Participant) => cx.subscriber(topic),
                (Orientation::Subscriber, Interest::Observer) => cx.observe_publishers(topic),
                (Orientation::Subscriber, Interest::Everything) => cx.observe_publishers_everything(topic),
            };
            endpoint.on(kinds, move |(), _, event| {
                // The test may have dropped the inbox.
                let _unseen = InboxEvent::of(event).map(|seen| sender.unbounded_send(seen));
                Ok(())
            });
        })?;
        Ok(Self { seen, role, process })
    }

    /// The next event of any kind.
    ///
    /// # Errors
    ///
    /// If there is none in time, or the program has ended.
    pub fn recv(&mut self) -> anyhow::Result<InboxEvent<M>> {
        match self.process.vm().running().wait(self.seen.next()) {
            Ok(Some(seen)) => Ok(seen),
            Ok(None) => {
                Err(self.failure(anyhow!("there are no more events, since the endpoint has been deleted")))
            }
            Err(error) => Err(self.failure(error.context("no event has arrived"))),
        }
    }

    /// Takes the next event, which must be a message, and returns the message.
    ///
    /// # Errors
    ///
    /// If the next event is of another kind, or there is none in time.
    pub fn message(&mut self) -> anyhow::Result<Arc<M>> {
        match self.recv()? {
            InboxEvent::Message(message) => Ok(message),
            other => Err(self.unexpected("a message", &other)),
        }
    }

    /// Takes the next event, which must be a presence, and returns its conversation.
    ///
    /// # Errors
    ///
    /// If the next event is of another kind, or there is none in time.
    pub fn presence(&mut self) -> anyhow::Result<M::Pattern> {
        match self.recv()? {
            InboxEvent::Presence { conversation, .. } => Ok(conversation),
            other => Err(self.unexpected("a presence", &other)),
        }
    }

    /// Takes the next event, which must be an absence, and returns its reason.
    ///
    /// # Errors
    ///
    /// If the next event is of another kind, or there is none in time.
    pub fn absence(&mut self) -> anyhow::Result<Reason> {
        match self.recv()? {
            InboxEvent::Absence { reason, .. } => Ok(reason),
            other => Err(self.unexpected("an absence", &other)),
        }
    }

    /// Takes events until `wanted` returns something for one of them, and returns that.
    ///
    /// # Errors
    ///
    /// If there is no such event in time.
    pub fn find<T>(&mut self, mut wanted: impl FnMut(&InboxEvent<M>) -> Option<T>) -> anyhow::Result<T> {
        loop {
            if let Some(found) = wanted(&self.recv()?) {
                return Ok(found);
            }
        }
    }

    /// Checks that there is no event. In a program that runs on its own thread this says little, since an event may be on
    /// its way.
    ///
    /// # Errors
    ///
    /// If there is an event.
    pub fn nothing(&mut self) -> anyhow::Result<()> {
        self.running().settle();
        match self.seen.next().now_or_never() {
            Some(Some(seen)) => Err(self.unexpected("nothing", &seen)),
            _ => Ok(()),
        }
    }

    /// Takes all events that have arrived so far.
    pub fn rest(&mut self) -> Vec<InboxEvent<M>> {
        self.running().settle();
        iter::from_fn(|| self.seen.next().now_or_never().flatten()).collect()
    }

    /// Deletes the endpoint. Returns when all its peers have been told. Dropping the inbox deletes the endpoint too, but at
    /// some later time if the program runs on a thread of its own.
    ///
    /// # Errors
    ///
    /// If the program has ended.
    pub fn close(self) -> anyhow::Result<()> {
        self.process.quit()
    }

    fn running(&self) -> &Running {
        self.process.vm().running()
    }

    fn unexpected(&self, wanted: &str, seen: &InboxEvent<M>) -> anyhow::Error {
        self.failure(anyhow!("expected {wanted}, received {seen:?}"))
    }

    fn failure(&self, error: anyhow::Error) -> anyhow::Error {
        let Role { orientation, interest, topic } = &self.role;
        let report = self.running().report(Some(topic));
        anyhow!("{orientation:?} {interest:?} of {topic:?}: {error:#}\n{report}")
    }
}

impl<M: Message> InboxEvent<M> {
    fn of(event: &Event<'_>) -> Option<Self> {
        match event {
            Event::Presence { peer, role, .. } => {
                let conversation = role.topic.downcast_ref::<M>()?.clone();
                Some(Self::Presence { id: *peer, conversation, interest: role.interest })
            }
            Event::Absence { peer, role, reason, .. } => {
                let conversation = role.topic.downcast_ref::<M>()?.clone();
                Some(Self::Absence { id: *peer, conversation, reason: reason.clone() })
            }
            Event::Message { message, .. } => (*message).clone().downcast().map(Self::Message),
            _ => None,
        }
    }
}

/// One line for a test's error: `+ conversation`, `- conversation: reason`, or the message.
impl<M: Message> Debug for InboxEvent<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Presence { conversation, .. } => write!(f, "+ {conversation:?}"),
            Self::Absence { conversation, reason, .. } => write!(f, "- {conversation:?}: {reason}"),
            Self::Message(message) => write!(f, "{message:?}"),
        }
    }
}

impl<M: Message> Debug for Inbox<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox").field("role", &self.role).finish_non_exhaustive()
    }
}
