//! An actor without a VM: events in, actions out.

use std::collections::VecDeque;
use std::fmt;

use anyhow::ensure;
use marketplace_core::{
    Action, Actions, Actor, AddEndpoint, AnyMessage, EndpointId, Event, EventKinds, Message, NetworkAction,
    Orientation, Pattern, Pid, Reason, Role, Spawn, Token,
};

/// An actor without a VM. The test passes it events, and receives the actions that it emits; no action is performed.
///
/// Use it to test the process of a driver, a nested VM, or any other [`Spawn`], without a network around it. Endpoints that
/// the actor adds exist at once. Which of them receive a presence or a message is decided as in a VM.
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
/// assert!(oracle.presence(&Role::publisher(topic!(Question(_))))?.is_empty(), "it does not react to presence");
/// # Ok(())
/// # }
/// ```
pub struct TestActor {
    actor: Box<dyn Actor>,
    actions: Actions,
    endpoints: Vec<AddEndpoint>,
    /// Its endpoints at the meta level.
    outside: Vec<AddEndpoint>,
    yields: VecDeque<Token>,
    /// The actions of its first turn.
    first: Vec<Action>,
}

/// The number of every peer: an actor receives such numbers, and here all peers have the same.
const PEER: EndpointId = EndpointId(1);

/// The number of each of its own endpoints.
const OWN: EndpointId = EndpointId(2);

impl TestActor {
    /// Runs the first turn of a process, as if in a nested VM: it may use the meta level.
    ///
    /// # Errors
    ///
    /// The error of its first turn.
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

    /// The actions of its first turn.
    #[must_use]
    pub fn first(&self) -> &[Action] {
        &self.first
    }

    /// Its endpoints in the order in which they were added, without those at the meta level.
    #[must_use]
    pub fn endpoints(&self) -> &[AddEndpoint] {
        &self.endpoints
    }

    /// Its endpoints at the meta level.
    #[must_use]
    pub fn meta_endpoints(&self) -> &[AddEndpoint] {
        &self.outside
    }

    /// Passes it an event, and returns the actions of the turn.
    ///
    /// # Errors
    ///
    /// The error of the turn.
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

    /// Passes the presence of a peer to each of its endpoints that matches the peer and can see it, one after the other, and
    /// returns the actions.
    ///
    /// # Errors
    ///
    /// The error of a turn.
    pub fn presence(&mut self, peer: &Role) -> anyhow::Result<Vec<Action>> {
        let tokens = self.tokens(peer, EventKinds::PRESENCE);
        self.tell_each(&tokens, |token| Event::Presence { token, peer: PEER, role: peer.clone() })
    }

    /// Passes the absence of a peer in the same way, and returns the actions.
    ///
    /// # Errors
    ///
    /// The error of a turn.
    pub fn absence(&mut self, peer: &Role, reason: &Reason) -> anyhow::Result<Vec<Action>> {
        let tokens = self.tokens(peer, EventKinds::ABSENCE);
        self.tell_each(&tokens, |token| Event::Absence {
            token,
            peer: PEER,
            role: peer.clone(),
            reason: reason.clone(),
        })
    }

    /// Passes a message to each of its endpoints that matches it, and returns the actions.
    ///
    /// # Errors
    ///
    /// The error of a turn; or if none of its endpoints handles such a message.
    pub fn message<M: Message>(&mut self, message: M) -> anyhow::Result<Vec<Action>> {
        let tokens = self.tokens(&Role::publisher(M::Pattern::exactly(&message)), EventKinds::MESSAGE);
        ensure!(!tokens.is_empty(), "no endpoint receives {message:?}");
        let message = AnyMessage::new(message);
        self.tell_each(&tokens, |token| Event::Message { token, message: &message })
    }

    /// Passes `Settled` with this number of peers to each of its endpoints, and returns the actions.
    ///
    /// # Errors
    ///
    /// The error of a turn.
    pub fn settled(&mut self, peers: usize) -> anyhow::Result<Vec<Action>> {
        let settling = self.endpoints.iter().filter(|own| own.kinds.contains(EventKinds::SETTLED));
        let tokens: Vec<_> = settling.map(|own| own.token).collect();
        self.tell_each(&tokens, |token| Event::Settled { token, endpoint: OWN, peers })
    }

    /// Performs the oldest of its yields, which for a nested VM is its next step, and returns the actions, or `None` if there
    /// is no yield left.
    ///
    /// # Errors
    ///
    /// The error of the turn.
    pub fn resume(&mut self) -> anyhow::Result<Option<Vec<Action>>> {
        let Some(token) = self.yields.pop_front() else { return Ok(None) };
        self.event(Event::Resumed { token }).map(Some)
    }

    /// The messages of type `M` that these actions send to subscribers, at either level.
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

    /// The endpoints that match a peer, can see it, and handle this kind of event.
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
