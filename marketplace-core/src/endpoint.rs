//! Endpoints: filling in the handlers of one that has just been asked for.

use std::fmt;
use std::marker::PhantomData;

use anyhow::anyhow;

use crate::context::{Closures, Context};
use crate::handler_result::HandlerResult;
use crate::{
    Actions, AddEndpoint, EndpointId, Event, EventKinds, Interest, Level, Message, NetworkAction,
    Orientation, Pattern, Reason, Role, Token, Topic, Value,
};

/// An endpoint that has just been asked for, to fill in its handlers.
///
/// The endpoint is made whether or not anything is filled in. Handlers take the process' state, its
/// [`Context`], and what the event is about; they return nothing, or an `anyhow::Result` whose error fails
/// the process. Several handlers for one kind of event run in the order in which they were given.
///
/// # Examples
///
/// An endpoint with a name can be given other handlers, here none; its peers notice nothing:
///
/// ```
/// # use marketplace_core::{Ground, Message, Spawn, topic};
/// # #[derive(Debug, Message)]
/// # struct Word(String);
/// # fn main() -> anyhow::Result<()> {
/// let listener = Spawn::new(0, |_, cx| {
///     cx.subscriber(topic!(Word(_))).named("ears").on_message(|heard, cx, _| {
///         *heard += 1;
///         if *heard == 3 {
///             cx.subscriber(topic!(Word(_))).named("ears");
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
    /// Why it cannot replace another's handlers, if so.
    must_be_new: Option<&'static str>,
    actions: &'a mut Actions,
    closures: &'a mut Closures<S>,
    topic: PhantomData<fn() -> P>,
}

/// A peer of an endpoint, as the presence and absence of it tell.
pub struct Peer<'a, P> {
    /// The messages that both are about. Its parts are patterns, so that `peer.conversation.field.value()`,
    /// with `use marketplace_core::Pattern`, is what a field must be, if the conversation says so.
    pub conversation: &'a P,
    /// The peer's interest.
    pub interest: Interest,
    /// Which endpoint it is: its absence has the same number as its presence.
    pub id: EndpointId,
    /// The peer's orientation, opposite to the endpoint's own.
    pub orientation: Orientation,
    /// The conversation, to be kept without a copy.
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
    /// Gives the endpoint a name, unique within the process and the level.
    ///
    /// If the process has an endpoint of that name and an equal role, this one replaces its handlers
    /// without any presence or absence (rule S8); if the role is another, the turn fails.
    pub fn named(mut self, name: impl Into<Value>) -> Self {
        self.name = name.into();
        self.actions.rename_last_added(self.token, self.name.clone());
        self.checked()
    }

    /// The endpoint's name, by which it can be deleted; one of its own if it was given none.
    #[must_use]
    pub fn name(&self) -> Value {
        self.name.clone()
    }

    /// Notes that handlers count peers: then they must be told of all of them.
    pub(crate) fn counting(self) -> Self {
        self.must_be_new("handlers that count peers would miss the peers that it has")
    }

    /// Notes why the endpoint must be told of all that happens to it, and so cannot replace another's handlers.
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

    /// Handles the appearance of a peer: one event for each pair of endpoints. See
    /// [`on_arrival`](Self::on_arrival) for the first of them.
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

    /// Handles the disappearance of a peer: one event for each pair of endpoints. See
    /// [`on_departure`](Self::on_departure) for the last of them.
    ///
    /// Whoever of the two has gone, so also when this endpoint's own process deletes it: then each peer that is still
    /// there is told of as absent, with the reason of that deletion.
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

    /// Handles the moment from which on no presence means nobody (rule S9): takes the number of peers that
    /// were there when the endpoint was added.
    pub fn on_settled<R: HandlerResult>(
        self,
        mut handler: impl FnMut(&mut S, &mut Context<'_, S>, usize) -> R + Send + 'static,
    ) -> Self {
        self.on(EventKinds::SETTLED, move |state, cx, event| match event {
            Event::Settled { peers, .. } => handler(state, cx, *peers).into_result(),
            _ => Ok(()),
        })
    }

    /// Handles events of some kinds as the VM tells them.
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
