//! An actor without a VM: events in, actions out.

use std::collections::VecDeque;
use std::fmt;

use anyhow::ensure;
use marketplace_core::{
    Action, Actions, Actor, AddEndpoint, AnyMessage, EndpointId, Event, EventKinds, Message, NetworkAction,
    Orientation, Pattern, Pid, Reason, Role, Spawn, Token,
};

/// An actor whose actions nobody performs: the test tells it what happens, and sees what it asks for.
///
/// A driver's process, a nested VM or anything else that is a [`Spawn`] can be looked at like this without a network
/// around it. The endpoints that it asks for count as created at once; what a peer or a message means to them is worked
/// out as a VM would.
///
/// # Examples
///
/// ```
/// use marketplace_core::{Action, Message, Role, Spawn, topic};
/// use marketplace_testing::TestActor;
///
/// #[derive(Debug, Message)]
/// struct Question(u32);
///
/// #[derive(Debug, PartialEq, Message)]
/// struct Answer(u32);
///
/// # fn main() -> anyhow::Result<()> {
/// let oracle = Spawn::new((), |(), cx| {
///     cx.subscriber(topic!(Question(_))).on_message(|(), cx, question| cx.send(Answer(question.0 + 1)));
/// });
/// let mut oracle = TestActor::boot(oracle)?;
/// let asked = oracle.message(Question(41))?;
/// assert_eq!(TestActor::sent::<Answer>(&asked), [&Answer(42)]);
/// assert!(oracle.presence(&Role::publisher(topic!(Question(_))))?.is_empty(), "it does not look who asks");
/// # Ok(())
/// # }
/// ```
pub struct TestActor {
    actor: Box<dyn Actor>,
    actions: Actions,
    endpoints: Vec<AddEndpoint>,
    /// The same at the meta level.
    outside: Vec<AddEndpoint>,
    yields: VecDeque<Token>,
    /// What it asked for as it booted.
    first: Vec<Action>,
}

/// Which endpoint a peer is: an actor sees the numbers, and no two peers at a time are told apart by them here.
const PEER: EndpointId = EndpointId(1);

/// Which endpoint one of its own is.
const OWN: EndpointId = EndpointId(2);

impl TestActor {
    /// Boots a process' actor, as if in a nested VM: it may ask for things at the meta level.
    ///
    /// # Errors
    ///
    /// Those of its first turn.
    pub fn boot(spawn: Spawn) -> anyhow::Result<Self> {
        let mut actor = Self {
            actor: spawn.into_actor(),
            actions: Actions::new(true),
            endpoints: Vec::new(),
            outside: Vec::new(),
            yields: VecDeque::new(),
            first: Vec::new(),
        };
        actor.first = actor.event(Event::Boot { pid: Pid::detached() })?;
        Ok(actor)
    }

    /// What it asked for as it booted.
    #[must_use]
    pub fn first(&self) -> &[Action] {
        &self.first
    }

    /// Its endpoints, those at the meta level left out, in the order in which they were asked for.
    #[must_use]
    pub fn endpoints(&self) -> &[AddEndpoint] {
        &self.endpoints
    }

    /// Its endpoints at the meta level.
    #[must_use]
    pub fn meta_endpoints(&self) -> &[AddEndpoint] {
        &self.outside
    }

    /// Tells it of an event; what it asks for.
    ///
    /// # Errors
    ///
    /// Those of the turn.
    pub fn event(&mut self, event: Event<'_>) -> anyhow::Result<Vec<Action>> {
        let outcome = self.actor.handle(event, &mut self.actions);
        let fault = self.actions.take_error();
        let asked = self.actions.take();
        outcome?;
        if let Some(fault) = fault {
            return Err(fault);
        }
        asked.iter().for_each(|action| self.note(action));
        Ok(asked)
    }

    /// What it asks for as a peer appears; its endpoints that meet the peer and see it are told, one after the other.
    ///
    /// # Errors
    ///
    /// Those of the turns.
    pub fn presence(&mut self, peer: &Role) -> anyhow::Result<Vec<Action>> {
        let tokens = self.tokens(peer, EventKinds::PRESENCE);
        self.tell_each(&tokens, |token| Event::Presence { token, peer: PEER, role: peer.clone() })
    }

    /// What it asks for as a peer disappears.
    ///
    /// # Errors
    ///
    /// Those of the turns.
    pub fn absence(&mut self, peer: &Role, reason: &Reason) -> anyhow::Result<Vec<Action>> {
        let tokens = self.tokens(peer, EventKinds::ABSENCE);
        self.tell_each(&tokens, |token| Event::Absence {
            token,
            peer: PEER,
            role: peer.clone(),
            reason: reason.clone(),
        })
    }

    /// What it asks for as a message comes, from a publisher of just that.
    ///
    /// # Errors
    ///
    /// Those of the turns; or none of its endpoints handles such a message.
    pub fn message<M: Message>(&mut self, message: M) -> anyhow::Result<Vec<Action>> {
        let tokens = self.tokens(&Role::publisher(M::Pattern::exactly(&message)), EventKinds::MESSAGE);
        ensure!(!tokens.is_empty(), "no endpoint hears {message:?}");
        let message = AnyMessage::new(message);
        self.tell_each(&tokens, |token| Event::Message { token, message: &message })
    }

    /// What it asks for as it is told that its endpoints have settled, each among so many peers.
    ///
    /// # Errors
    ///
    /// Those of the turns.
    pub fn settled(&mut self, peers: usize) -> anyhow::Result<Vec<Action>> {
        let settling = self.endpoints.iter().filter(|own| own.kinds.contains(EventKinds::SETTLED));
        let tokens: Vec<_> = settling.map(|own| own.token).collect();
        self.tell_each(&tokens, |token| Event::Settled { token, endpoint: OWN, peers })
    }

    /// What it asks for as the oldest of its yields is performed, or nothing if none is left: the next step of a nested
    /// VM, say.
    ///
    /// # Errors
    ///
    /// Those of the turn.
    pub fn resume(&mut self) -> anyhow::Result<Option<Vec<Action>>> {
        let Some(token) = self.yields.pop_front() else { return Ok(None) };
        self.event(Event::Resumed { token }).map(Some)
    }

    /// The messages of type `M` that are published by some actions, at either level.
    pub fn sent<M: Message>(asked: &[Action]) -> Vec<&M> {
        let actions = asked.iter().filter_map(|action| match action {
            Action::Local(action) | Action::Meta(action) => Some(action),
            _ => None,
        });
        let messages = actions.filter_map(|action| match action {
            NetworkAction::Send { orientation: Orientation::Publisher, message } => Some(message),
            _ => None,
        });
        messages.filter_map(AnyMessage::downcast_ref).collect()
    }

    fn tell_each<'a>(
        &mut self,
        tokens: &[Token],
        event: impl Fn(Token) -> Event<'a>,
    ) -> anyhow::Result<Vec<Action>> {
        let mut asked = Vec::new();
        for &token in tokens {
            asked.extend(self.event(event(token))?);
        }
        Ok(asked)
    }

    /// The endpoints that meet a peer, see it, and want to hear of this kind of event.
    fn tokens(&self, peer: &Role, kind: EventKinds) -> Vec<Token> {
        let sees = |own: &&AddEndpoint| {
            own.kinds.contains(kind)
                && own.role.orientation == peer.orientation.opposite()
                && own.role.topic.intersection(&peer.topic).is_some()
                && peer.interest.is_visible_to(own.role.interest)
        };
        self.endpoints.iter().filter(sees).map(|own| own.token).collect()
    }

    fn note(&mut self, action: &Action) {
        let (endpoints, action) = match action {
            Action::Local(action) => (&mut self.endpoints, action),
            Action::Meta(action) => (&mut self.outside, action),
            Action::Yield(token) => return self.yields.push_back(*token),
            Action::Perform(..) => return,
        };
        match action {
            NetworkAction::Add(AddEndpoint { name, role, token, kinds }) => {
                let added =
                    AddEndpoint { name: name.clone(), role: role.clone(), token: *token, kinds: *kinds };
                match endpoints.iter_mut().find(|endpoint| endpoint.name == added.name) {
                    Some(endpoint) => *endpoint = added,
                    None => endpoints.push(added),
                }
            }
            NetworkAction::Delete { name, .. } => endpoints.retain(|endpoint| endpoint.name != *name),
            _ => {}
        }
    }
}

impl fmt::Debug for TestActor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestActor").field("endpoints", &self.endpoints).finish_non_exhaustive()
    }
}
