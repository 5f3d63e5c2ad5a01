//! The driver's and the relay's process without a VM: events in, actions out.

use std::time::{Duration, SystemTime};

use driver_timer::{CancelTimer, Deadline, SetTimer, TimerExpired, timer_driver, timer_relay};
use marketplace_core::{
    Action, Actions, Actor, AddEndpoint, AnyMessage, EndpointId, Event, GroundEvent, Interest, Message,
    NetworkAction, Orientation, Pattern, Pid, Reason, Role, Spawn, Stopping, Token, Value, topic,
};

const HOUR: Duration = Duration::from_secs(3600);

/// An actor whose actions nobody performs.
struct Puppet {
    actor: Box<dyn Actor>,
    actions: Actions,
    endpoints: Vec<AddEndpoint>,
    /// Those that a relay has outside from the start.
    outside: Vec<Token>,
}

impl Puppet {
    fn boot(spawn: Spawn) -> anyhow::Result<Self> {
        let actor = spawn.into_actor();
        let mut puppet =
            Self { actor, actions: Actions::new(true), endpoints: Vec::new(), outside: Vec::new() };
        for action in puppet.tell(Event::Boot { pid: Pid::detached() })? {
            match action {
                Action::Local(NetworkAction::Add(add)) => puppet.endpoints.push(add),
                Action::Meta(NetworkAction::Add(add)) => puppet.outside.push(add.token),
                action => anyhow::bail!("booting adds endpoints and does not {action:?}"),
            }
        }
        Ok(puppet)
    }

    fn tell(&mut self, event: Event<'_>) -> anyhow::Result<Vec<Action>> {
        self.actor.handle(event, &mut self.actions)?;
        Ok(self.actions.take())
    }

    /// The endpoints that meet a peer and see it.
    fn tokens(&self, peer: &Role) -> Vec<Token> {
        let sees = |own: &&AddEndpoint| {
            own.role.orientation == peer.orientation.opposite()
                && own.role.topic.meet(&peer.topic).is_some()
                && peer.interest.is_visible_to(own.role.interest)
        };
        self.endpoints.iter().filter(sees).map(|own| own.token).collect()
    }

    /// What the actor asks for on a message from its own VM.
    fn hears<M: Message>(&mut self, message: M) -> anyhow::Result<Vec<Action>> {
        let tokens = self.tokens(&Role::publisher(M::Pattern::exactly(&message)));
        let message = AnyMessage::new(message);
        self.answer(tokens, |token| Event::Message { token, message: &message })
    }

    fn meets(&mut self, peer: &Role) -> anyhow::Result<Vec<Action>> {
        self.answer(self.tokens(peer), |token| Event::Presence {
            token,
            peer: EndpointId(1),
            role: peer.clone(),
        })
    }

    fn loses(&mut self, peer: &Role) -> anyhow::Result<Vec<Action>> {
        self.answer(self.tokens(peer), |token| Event::Absence {
            token,
            peer: EndpointId(1),
            role: peer.clone(),
            reason: Reason::normal(),
        })
    }

    fn answer<'a>(
        &mut self,
        tokens: Vec<Token>,
        event: impl Fn(Token) -> Event<'a>,
    ) -> anyhow::Result<Vec<Action>> {
        let mut asked = Vec::new();
        for token in tokens {
            asked.extend(self.tell(event(token))?);
        }
        Ok(asked)
    }
}

/// The message that is sent by an action.
fn sent<M: Message>(action: &Action) -> Option<&M> {
    let (Action::Local(action) | Action::Meta(action)) = action else { return None };
    let NetworkAction::Send { orientation: Orientation::Publisher, message } = action else { return None };
    message.downcast_ref()
}

fn subscriber(label: &str) -> Role {
    Role::subscriber(topic!(TimerExpired { label: label.into(), time: _ }))
}

/// Whether the one thing asked for is to hear an event source.
fn hears_a_source(asked: &[Action]) -> bool {
    matches!(asked, [Action::Local(NetworkAction::Add(add))]
        if add.role.interest == Interest::Participant
            && add.role.topic.downcast_ref::<GroundEvent>().is_some_and(|event| event.source.value().is_some()))
}

fn deletes_one(asked: &[Action]) -> bool {
    matches!(asked, [Action::Local(NetworkAction::Delete { .. })])
}

#[test]
fn the_driver_hears_a_source_exactly_while_timers_are_pending() -> anyhow::Result<()> {
    let mut driver = Puppet::boot(timer_driver())?;
    let asked = driver.hears(SetTimer::after("a", HOUR))?;
    assert!(hears_a_source(&asked), "{asked:?}");
    assert!(driver.hears(SetTimer::after("b", HOUR / 2))?.is_empty(), "one source for all");
    assert!(driver.hears(SetTimer::at("b", SystemTime::now() + HOUR))?.is_empty());
    assert!(driver.hears(CancelTimer::new("a"))?.is_empty());
    let asked = driver.hears(CancelTimer::new("b"))?;
    assert!(deletes_one(&asked), "{asked:?}");
    assert!(driver.hears(CancelTimer::new("b"))?.is_empty());
    let asked = driver.hears(SetTimer::after("a", HOUR))?;
    assert!(hears_a_source(&asked), "{asked:?}");
    Ok(())
}

#[test]
fn the_driver_answers_at_once_what_is_due() -> anyhow::Result<()> {
    let mut driver = Puppet::boot(timer_driver())?;
    let before = SystemTime::now();
    for timer in [SetTimer::after("now", Duration::ZERO), SetTimer::at("now", SystemTime::UNIX_EPOCH)] {
        let asked = driver.hears(timer)?;
        let [action] = &asked[..] else { anyhow::bail!("one answer, not {asked:?}") };
        let expired = sent::<TimerExpired>(action).ok_or_else(|| anyhow::anyhow!("{action:?}"))?;
        assert_eq!(expired.label, "now".into());
        assert!(before <= expired.time && expired.time <= SystemTime::now());
    }
    Ok(())
}

#[test]
fn the_driver_forgets_the_timers_of_a_label_that_nobody_subscribes_to_any_more() -> anyhow::Result<()> {
    let mut driver = Puppet::boot(timer_driver())?;
    let owner = subscriber("a");
    driver.hears(SetTimer::after("a", HOUR))?;
    assert!(driver.meets(&owner)?.is_empty());
    assert!(driver.meets(&owner)?.is_empty());
    assert!(driver.loses(&owner)?.is_empty());
    let asked = driver.loses(&owner)?;
    assert!(deletes_one(&asked), "{asked:?}");
    Ok(())
}

#[test]
fn stopping_makes_the_driver_quit() -> anyhow::Result<()> {
    let mut driver = Puppet::boot(timer_driver())?;
    let asked = driver.meets(&Role::publisher(topic!(Stopping { .. })))?;
    let quits = matches!(&asked[..], [Action::Local(NetworkAction::Quit { pid: None, reason })] if reason.as_error().is_none());
    assert!(quits, "{asked:?}");
    Ok(())
}

#[test]
fn a_second_driver_or_relay_quits_and_says_why() -> anyhow::Result<()> {
    for spawn in [timer_driver(), timer_relay("relay")] {
        let mut second = Puppet::boot(spawn)?;
        // The one endpoint that cares how many there were.
        let settled: Vec<_> = second
            .endpoints
            .iter()
            .filter(|add| add.kinds.contains(marketplace_core::Kinds::SETTLED))
            .map(|add| add.token)
            .collect();
        let [token] = settled[..] else { anyhow::bail!("not one but {settled:?}") };
        assert!(second.tell(Event::Settled { token, endpoint: EndpointId(2), peers: 0 })?.is_empty());
        let asked = second.tell(Event::Settled { token, endpoint: EndpointId(2), peers: 1 })?;
        let quits = matches!(&asked[..], [Action::Local(NetworkAction::Quit { pid: None, reason })] if reason.as_error().is_some());
        assert!(quits, "{asked:?}");
    }
    Ok(())
}

/// What a relay asks outside for the first timer of a label: an endpoint, and the timer.
fn first_timer(asked: &[Action]) -> anyhow::Result<(&AddEndpoint, &SetTimer)> {
    if let [Action::Meta(NetworkAction::Add(add)), set @ Action::Meta(_)] = asked
        && let Some(timer) = sent::<SetTimer>(set)
    {
        return Ok((add, timer));
    }
    anyhow::bail!("an endpoint and a timer, not {asked:?}")
}

/// Whether an endpoint hears the timers of this one label.
fn is_for(add: &AddEndpoint, label: &Value) -> bool {
    add.role == Role::subscriber(topic!(TimerExpired { label: label, time: _ }))
}

/// What a relay asks for as a timer outside expires.
fn expires(relay: &mut Puppet, token: Token, label: &Value, time: SystemTime) -> anyhow::Result<Vec<Action>> {
    let message = AnyMessage::new(TimerExpired { label: label.clone(), time });
    relay.tell(Event::Message { token, message: &message })
}

#[test]
fn the_relay_asks_outside_under_a_label_of_its_own_and_answers_inside() -> anyhow::Result<()> {
    let mut relay = Puppet::boot(timer_relay("relay"))?;
    let asked = relay.hears(SetTimer::after("a", HOUR))?;
    let (add, timer) = first_timer(&asked)?;
    assert_eq!(timer.deadline, Deadline::After(HOUR));
    assert_ne!(timer.label, "a".into());
    assert!(is_for(add, &timer.label));
    let time = SystemTime::UNIX_EPOCH + HOUR;
    let asked = expires(&mut relay, add.token, &timer.label, time)?;
    let [Action::Meta(NetworkAction::Delete { name, .. }), answer @ Action::Local(_)] = &asked[..] else {
        anyhow::bail!("the endpoint goes and the answer comes, not {asked:?}")
    };
    assert_eq!(name, &add.name);
    assert_eq!(sent(answer), Some(&TimerExpired { label: "a".into(), time }));
    Ok(())
}

#[test]
fn relays_of_one_name_never_use_the_same_label() -> anyhow::Result<()> {
    let mut labels = Vec::new();
    for _ in 0..2 {
        let mut relay = Puppet::boot(timer_relay("same"))?;
        let asked = relay.hears(SetTimer::after("a", HOUR))?;
        labels.push(first_timer(&asked)?.1.label.clone());
    }
    assert_ne!(labels[0], labels[1]);
    Ok(())
}

#[test]
fn timers_of_one_label_share_the_relays_endpoint() -> anyhow::Result<()> {
    let mut relay = Puppet::boot(timer_relay("relay"))?;
    let asked = relay.hears(SetTimer::after("a", HOUR))?;
    let (add, timer) = first_timer(&asked)?;
    let more = relay.hears(SetTimer::after("a", HOUR))?;
    let [more] = &more[..] else { anyhow::bail!("one timer more, not {more:?}") };
    assert_eq!(sent(more), Some(timer));
    let time = SystemTime::UNIX_EPOCH;
    assert_eq!(expires(&mut relay, add.token, &timer.label, time)?.len(), 1, "the answer alone");
    assert_eq!(expires(&mut relay, add.token, &timer.label, time)?.len(), 2, "the endpoint goes too");
    Ok(())
}

#[test]
fn the_relay_cancels_outside_and_hears_nothing_late() -> anyhow::Result<()> {
    let mut relay = Puppet::boot(timer_relay("relay"))?;
    let first = relay.hears(SetTimer::after("a", HOUR))?;
    let (add, timer) = first_timer(&first)?;
    let asked = relay.hears(CancelTimer::new("a"))?;
    let [cancel, Action::Meta(NetworkAction::Delete { name, .. })] = &asked[..] else {
        anyhow::bail!("a cancellation and the endpoint's end, not {asked:?}")
    };
    assert_eq!(sent(cancel), Some(&CancelTimer { label: timer.label.clone() }));
    assert_eq!(name, &add.name);
    assert!(relay.hears(CancelTimer::new("a"))?.is_empty(), "twice");
    // What was on its way already belongs to no later timer of the label.
    let second = relay.hears(SetTimer::after("a", HOUR))?;
    assert_ne!(first_timer(&second)?.1.label, timer.label);
    assert!(expires(&mut relay, add.token, &timer.label, SystemTime::UNIX_EPOCH)?.is_empty());
    Ok(())
}

#[test]
fn the_relay_forgets_the_timers_of_a_label_that_nobody_subscribes_to_any_more() -> anyhow::Result<()> {
    let mut relay = Puppet::boot(timer_relay("relay"))?;
    let owner = subscriber("a");
    relay.meets(&owner)?;
    relay.hears(SetTimer::after("a", HOUR))?;
    assert_eq!(relay.loses(&owner)?.len(), 2, "it cancels, and its endpoint goes");
    Ok(())
}
