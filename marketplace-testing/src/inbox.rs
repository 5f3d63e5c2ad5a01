//! What an endpoint of the test's sees.

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

/// What an endpoint of the test's sees, in order; made by [`TestVm::subscriber`] and its like. The endpoint is deleted
/// when this is dropped.
///
/// Each method takes the next thing that the endpoint sees, and fails if it is another, or if there is none in time. It
/// then says what has been seen, what has happened in the program, and who has to do with the topic.
#[must_use = "the endpoint is deleted when this is dropped"]
pub struct Inbox<M: Message> {
    seen: mpsc::UnboundedReceiver<InboxEvent<M>>,
    role: Role,
    /// That has the endpoint.
    process: TestProcess,
}

/// What an endpoint sees.
pub enum InboxEvent<M: Message> {
    /// A peer has come.
    Presence {
        /// Which endpoint it is.
        id: EndpointId,
        /// The messages that both are about.
        conversation: M::Pattern,
        /// The peer's interest.
        interest: Interest,
    },
    /// A peer has gone.
    Absence {
        /// Which endpoint it was.
        id: EndpointId,
        /// As its presence told.
        conversation: M::Pattern,
        /// Why it went.
        reason: Reason,
    },
    /// A message has come.
    Message(Arc<M>),
}

impl<M: Message> Inbox<M> {
    pub(crate) fn open(role: Role, kinds: EventKinds, vm: &TestVm) -> anyhow::Result<Self> {
        let Some(topic) = role.topic.downcast_ref::<M>().cloned() else {
            bail!("a topic of {}, and not of {}", role.topic.type_name(), type_name::<M>());
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
                // The test may have looked away.
                let _unseen = InboxEvent::of(event).map(|seen| sender.unbounded_send(seen));
                Ok(())
            });
        })?;
        Ok(Self { seen, role, process })
    }

    /// The next thing that the endpoint sees.
    ///
    /// # Errors
    ///
    /// There is none in time, or the program has ended.
    pub fn recv(&mut self) -> anyhow::Result<InboxEvent<M>> {
        match self.process.vm().running().wait(self.seen.next()) {
            Ok(Some(seen)) => Ok(seen),
            Ok(None) => {
                Err(self.failure(anyhow!("there is nothing more to see, since its endpoint has gone")))
            }
            Err(error) => Err(self.failure(error.context("nothing comes"))),
        }
    }

    /// The next thing is a message: the message.
    ///
    /// # Errors
    ///
    /// It is something else, or there is none in time.
    pub fn message(&mut self) -> anyhow::Result<Arc<M>> {
        match self.recv()? {
            InboxEvent::Message(message) => Ok(message),
            other => Err(self.unexpected("a message", &other)),
        }
    }

    /// The next thing is the presence of a peer: what both are about.
    ///
    /// # Errors
    ///
    /// It is something else, or there is none in time.
    pub fn presence(&mut self) -> anyhow::Result<M::Pattern> {
        match self.recv()? {
            InboxEvent::Presence { conversation, .. } => Ok(conversation),
            other => Err(self.unexpected("a presence", &other)),
        }
    }

    /// The next thing is the absence of a peer: why it went.
    ///
    /// # Errors
    ///
    /// It is something else, or there is none in time.
    pub fn absence(&mut self) -> anyhow::Result<Reason> {
        match self.recv()? {
            InboxEvent::Absence { reason, .. } => Ok(reason),
            other => Err(self.unexpected("an absence", &other)),
        }
    }

    /// Passes by what the endpoint sees until `wanted` says what it makes of something.
    ///
    /// # Errors
    ///
    /// Nothing that is wanted comes in time.
    pub fn find<T>(&mut self, mut wanted: impl FnMut(&InboxEvent<M>) -> Option<T>) -> anyhow::Result<T> {
        loop {
            if let Some(found) = wanted(&self.recv()?) {
                return Ok(found);
            }
        }
    }

    /// There is nothing that the endpoint has seen and that has not been taken. Of a program that runs on its own thread
    /// this says little, since something may be under way.
    ///
    /// # Errors
    ///
    /// There is something.
    pub fn nothing(&mut self) -> anyhow::Result<()> {
        self.running().settle();
        match self.seen.next().now_or_never() {
            Some(Some(seen)) => Err(self.unexpected("nothing", &seen)),
            _ => Ok(()),
        }
    }

    /// All that the endpoint has seen and that has not been taken.
    pub fn rest(&mut self) -> Vec<InboxEvent<M>> {
        self.running().settle();
        iter::from_fn(|| self.seen.next().now_or_never().flatten()).collect()
    }

    /// Deletes the endpoint; returns once all have been told of that. Dropping it deletes the endpoint at some later time,
    /// if the program runs on a thread of its own.
    ///
    /// # Errors
    ///
    /// The program has ended.
    pub fn close(self) -> anyhow::Result<()> {
        self.process.quit()
    }

    fn running(&self) -> &Running {
        self.process.vm().running()
    }

    fn unexpected(&self, wanted: &str, seen: &InboxEvent<M>) -> anyhow::Error {
        self.failure(anyhow!("{wanted} was to come, and it is {seen:?}"))
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

/// As a line of a test's failure: `+ conversation`, `- conversation: reason`, or the message.
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
