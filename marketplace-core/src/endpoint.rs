//! Endpoints: adding handlers to an endpoint that has just been requested.

use std::fmt;
use std::marker::PhantomData;

use anyhow::anyhow;

use crate::context::{Closures, Context};
use crate::handler_result::HandlerResult;
use crate::{
    Actions, AddEndpoint, EndpointId, Event, EventKinds, Interest, Level, Message, NetworkAction,
    Orientation, Pattern, Reason, Role, Token, Topic, Value,
};

/// An endpoint that has just been requested. Add handlers to it, and a name if you need one.
///
/// `cx.publisher(topic)`, `cx.subscriber(topic)` and the methods that observe return it.
///
/// The endpoint is added even if you call no method here. A handler gets the process' state, a [`Context`], and what
/// the event is about. It returns nothing, or an `anyhow::Result` whose error makes the process fail. If there are
/// several handlers for one kind of event, they run in the order in which they were added.
///
/// # Examples
///
/// A subscriber with a handler for each kind of event:
///
/// ```
/// use marketplace_core::{Message, Spawn, topic};
///
/// #[derive(Debug, Message)]
/// struct Word(String);
///
/// let listener = Spawn::new((), |(), cx| {
///     cx.subscriber(topic!(Word(_)))
///         .on_presence(|(), _, _sender| println!("a sender exists"))
///         .on_settled(|(), _, senders| println!("there were {senders} senders at the beginning"))
///         .on_message(|(), _, word| println!("{}", word.0))
///         .on_absence(|(), cx, _sender, reason| {
///             println!("a sender has left: {reason}");
///             cx.quit();
///         });
/// });
/// ```
///
/// If an endpoint with a name is added again, its handlers are replaced, here by none. Its peers get neither an
/// absence nor a presence:
///
/// ```
/// # use marketplace_core::{Ground, Message, Spawn, topic};
/// # #[derive(Debug, Message)]
/// # struct Word(String);
/// # fn main() -> anyhow::Result<()> {
/// let listener = Spawn::new(0, |_, cx| {
///     cx.subscriber(topic!(Word(_))).named("words").on_message(|count, cx, _| {
///         *count += 1;
///         if *count == 3 {
///             cx.subscriber(topic!(Word(_))).named("words");
///         }
///     });
/// });
/// # futures::executor::block_on(Ground::new().spawn(listener).run())?;
/// # Ok(())
/// # }
/// ```
pub struct Endpoint<'a, S, P> {
    name: Value,
    token: Token,
    /// If the endpoint cannot replace the handlers of an existing one: why.
    must_be_new: Option<&'static str>,
    actions: &'a mut Actions,
    closures: &'a mut Closures<S>,
    topic: PhantomData<fn() -> P>,
}

/// A peer of an endpoint, as the handlers of its presence and absence get it.
///
/// # Examples
///
/// The parts of a conversation are patterns, whose values are read by [`Pattern::value`]:
///
/// ```
/// use marketplace_core::{Message, Pattern, Spawn, topic};
///
/// #[derive(Debug, Message)]
/// struct Said {
///     room: String,
///     text: String,
/// }
///
/// let porter = Spawn::new((), |(), cx| {
///     cx.observe_publishers(topic!(Said { .. })).on_presence(|(), _, peer| match peer.conversation.room.value() {
///         Some(room) => println!("a process sends to {room}"),
///         None => println!("a process may send to any room"),
///     });
/// });
/// ```
pub struct Peer<'a, P> {
    /// The messages that both endpoints are about.
    pub conversation: &'a P,
    /// The peer's interest.
    pub interest: Interest,
    /// The identity of the peer's endpoint. Its absence has the same number as its presence.
    pub id: EndpointId,
    /// The peer's orientation, which is the opposite of the endpoint's own.
    pub orientation: Orientation,
    /// The conversation, in a form that can be kept without a copy.
    pub(crate) topic: &'a Topic,
}

impl<P: fmt::Debug> fmt::Debug for Peer<'_, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { conversation, interest, orientation, .. } = self;
        write!(f, "{orientation:?} {interest:?} of {conversation:?}")
    }
}

impl<P> Clone for Peer<'_, P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for Peer<'_, P> {}

impl<'a, P: Pattern<Value: Message<Pattern = P>>> Peer<'a, P> {
    fn of(id: EndpointId, role: &'a Role) -> Option<Self> {
        let conversation = role.topic.downcast_ref::<P::Value>()?;
        let Role { orientation, interest, ref topic } = *role;
        Some(Self { conversation, interest, id, orientation, topic })
    }
}

impl<'a, S: 'static, P> Endpoint<'a, S, P> {
    pub(crate) fn add(
        level: Level,
        role: Role,
        actions: &'a mut Actions,
        closures: &'a mut Closures<S>,
    ) -> Self {
        let (name, token) = closures.endpoint();
        let add =
            NetworkAction::Add(AddEndpoint { name: name.clone(), role, token, kinds: EventKinds::NONE });
        actions.push(level.action(add));
        Self { name, token, must_be_new: None, actions, closures, topic: PhantomData }
    }
}

impl<'a, S, P> Endpoint<'a, S, P>
where
    S: 'static,
    P: Pattern<Value: Message<Pattern = P>>,
{
    /// Names the endpoint. The name must be unique within the process and the level.
    ///
    /// If the process has an endpoint with this name and an equal role, this one replaces its handlers, without any
    /// presence or absence (rule S8). If the role differs, the turn fails.
    pub fn named(mut self, name: impl Into<Value>) -> Self {
        self.name = name.into();
        self.actions.rename_last_added(self.token, self.name.clone());
        self.checked()
    }

    /// The endpoint's name, which is needed to delete it. An endpoint that was given no name has a unique one.
    #[must_use]
    pub fn name(&self) -> Value {
        self.name.clone()
    }

    /// Records that handlers count peers, so they must get all presences.
    pub(crate) fn counting(self) -> Self {
        self.must_be_new("handlers that count peers would miss the peers that it has")
    }

    /// Records why the endpoint must get all its events, so that it cannot replace the handlers of an existing one.
    pub(crate) fn must_be_new(mut self, because: &'static str) -> Self {
        self.must_be_new = Some(because);
        self.checked()
    }

    fn checked(self) -> Self {
        if let Some(because) = self.must_be_new
            && self.actions.last_added_is_update(self.token)
        {
            self.actions.fail(anyhow!("endpoint {:?} already exists: {because}", self.name));
        }
        self
    }

    /// Handles messages.
    pub fn on_message<R: HandlerResult>(
        self,
        mut handler: impl FnMut(&mut S, &mut Context<'_, S>, &P::Value) -> R + Send + 'static,
    ) -> Self {
        self.on(EventKinds::MESSAGE, move |state, cx, event| match event {
            Event::Message { message, .. } => match message.downcast_ref() {
                Some(message) => handler(state, cx, message).into_result(),
                None => Ok(()),
            },
            _ => Ok(()),
        })
    }

    /// Handles the presence of a peer: there is one event for each pair of endpoints. To handle only the first peer
    /// of a conversation, use [`on_arrival`](Self::on_arrival).
    pub fn on_presence<R: HandlerResult>(
        self,
        mut handler: impl FnMut(&mut S, &mut Context<'_, S>, Peer<'_, P>) -> R + Send + 'static,
    ) -> Self {
        self.on(EventKinds::PRESENCE, move |state, cx, event| match event {
            Event::Presence { peer, role, .. } => match Peer::of(*peer, role) {
                Some(peer) => handler(state, cx, peer).into_result(),
                None => Ok(()),
            },
            _ => Ok(()),
        })
    }

    /// Handles the absence of a peer: there is one event for each pair of endpoints. To handle only the last peer of
    /// a conversation, use [`on_departure`](Self::on_departure).
    ///
    /// The handler also runs if this endpoint's own process deletes the endpoint. Then it runs for each remaining
    /// peer, with the reason of the deletion.
    pub fn on_absence<R: HandlerResult>(
        self,
        mut handler: impl FnMut(&mut S, &mut Context<'_, S>, Peer<'_, P>, &Reason) -> R + Send + 'static,
    ) -> Self {
        self.on(EventKinds::ABSENCE, move |state, cx, event| match event {
            Event::Absence { peer, role, reason, .. } => match Peer::of(*peer, role) {
                Some(peer) => handler(state, cx, peer, reason).into_result(),
                None => Ok(()),
            },
            _ => Ok(()),
        })
    }

    /// Handles the moment when the presences of all existing peers have been delivered (rule S9). The handler gets
    /// the number of peers that existed when the endpoint was added. If it is 0, no peer exists yet.
    pub fn on_settled<R: HandlerResult>(
        self,
        mut handler: impl FnMut(&mut S, &mut Context<'_, S>, usize) -> R + Send + 'static,
    ) -> Self {
        self.on(EventKinds::SETTLED, move |state, cx, event| match event {
            Event::Settled { peers, .. } => handler(state, cx, *peers).into_result(),
            _ => Ok(()),
        })
    }

    /// Handles events of these kinds, in the form in which the VM delivers them.
    pub fn on(
        self,
        kinds: EventKinds,
        handler: impl FnMut(&mut S, &mut Context<'_, S>, &Event<'_>) -> anyhow::Result<()> + Send + 'static,
    ) -> Self {
        if let Some(handlers) = self.closures.endpoints.get_mut(self.token.0 as usize) {
            handlers.push((kinds, Box::new(handler)));
        }
        if let Some(add) = self.actions.last_added(self.token) {
            add.kinds = add.kinds | kinds;
        }
        self
    }
}

impl<S, P> fmt::Debug for Endpoint<'_, S, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("name", &self.name).finish_non_exhaustive()
    }
}
