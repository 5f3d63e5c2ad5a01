//! The driver's and the relay's process without a VM: events in, actions out.

use std::time::{Duration, SystemTime};

use anyhow::{bail, ensure};
use driver_timer::{CancelTimer, Deadline, SetTimer, TimerExpired, timer_driver, timer_relay};
use marketplace_core::{
    Action, AddEndpoint, AnyMessage, Event, EventKinds, GroundEvent, Interest, Message, NetworkAction,
    Orientation, Pattern, Reason, Role, Spawn, Stopping, Token, Value, topic,
};
use marketplace_testing::TestActor;

const HOUR: Duration = Duration::from_secs(3600);

/// An actor whose first turn does nothing but add endpoints.
fn boot(spawn: Spawn) -> anyhow::Result<TestActor> {
    let actor = TestActor::boot(spawn)?;
    let adds = |action: &Action| {
        matches!(action, Action::Local(NetworkAction::Add(_)) | Action::Meta(NetworkAction::Add(_)))
    };
    ensure!(actor.first().iter().all(adds), "booting adds endpoints and does not {:?}", actor.first());
    Ok(actor)
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

/// Whether the only action is a subscription to an event source.
fn subscribes_to_a_source(actions: &[Action]) -> bool {
    matches!(actions, [Action::Local(NetworkAction::Add(add))]
        if add.role.interest == Interest::Participant
            && add.role.topic.downcast_ref::<GroundEvent>().is_some_and(|event| event.source.value().is_some()))
}

fn deletes_one(actions: &[Action]) -> bool {
    matches!(actions, [Action::Local(NetworkAction::Delete { .. })])
}

#[test]
fn the_driver_subscribes_to_a_source_exactly_while_timers_are_pending() -> anyhow::Result<()> {
    let mut driver = boot(timer_driver())?;
    let actions = driver.message(SetTimer::after("a", HOUR))?;
    assert!(subscribes_to_a_source(&actions), "{actions:?}");
    assert!(driver.message(SetTimer::after("b", HOUR / 2))?.is_empty(), "one source for all");
    assert!(driver.message(SetTimer::at("b", SystemTime::now() + HOUR))?.is_empty());
    assert!(driver.message(CancelTimer::new("a"))?.is_empty());
    let actions = driver.message(CancelTimer::new("b"))?;
    assert!(deletes_one(&actions), "{actions:?}");
    assert!(driver.message(CancelTimer::new("b"))?.is_empty());
    let actions = driver.message(SetTimer::after("a", HOUR))?;
    assert!(subscribes_to_a_source(&actions), "{actions:?}");
    Ok(())
}

#[test]
fn the_driver_answers_at_once_what_is_due() -> anyhow::Result<()> {
    let mut driver = boot(timer_driver())?;
    let before = SystemTime::now();
    for timer in [SetTimer::after("now", Duration::ZERO), SetTimer::at("now", SystemTime::UNIX_EPOCH)] {
        let actions = driver.message(timer)?;
        let [action] = &actions[..] else { bail!("one answer, not {actions:?}") };
        let expired = sent::<TimerExpired>(action).ok_or_else(|| anyhow::anyhow!("{action:?}"))?;
        assert_eq!(expired.label, "now".into());
        assert!(before <= expired.time && expired.time <= SystemTime::now());
    }
    Ok(())
}

#[test]
fn the_driver_forgets_the_timers_of_a_label_that_nobody_subscribes_to_any_more() -> anyhow::Result<()> {
    let mut driver = boot(timer_driver())?;
    let owner = subscriber("a");
    driver.message(SetTimer::after("a", HOUR))?;
    assert!(driver.presence(&owner)?.is_empty());
    assert!(driver.presence(&owner)?.is_empty());
    assert!(driver.absence(&owner, &Reason::normal())?.is_empty());
    let actions = driver.absence(&owner, &Reason::normal())?;
    assert!(deletes_one(&actions), "{actions:?}");
    Ok(())
}

#[test]
fn stopping_makes_the_driver_quit() -> anyhow::Result<()> {
    let mut driver = boot(timer_driver())?;
    let actions = driver.presence(&Role::publisher(topic!(Stopping { .. })))?;
    let quits = matches!(&actions[..], [Action::Local(NetworkAction::Quit { pid: None, reason })] if reason.as_error().is_none());
    assert!(quits, "{actions:?}");
    Ok(())
}

#[test]
fn a_second_driver_or_relay_quits_and_says_why() -> anyhow::Result<()> {
    for spawn in [timer_driver(), timer_relay("relay")] {
        let mut second = boot(spawn)?;
        let settling = |own: &&AddEndpoint| own.kinds.contains(EventKinds::SETTLED);
        assert_eq!(
            second.endpoints().iter().filter(settling).count(),
            1,
            "one endpoint handles the number of others"
        );
        assert!(second.settled(0)?.is_empty());
        let actions = second.settled(1)?;
        let quits = matches!(&actions[..], [Action::Local(NetworkAction::Quit { pid: None, reason })] if reason.as_error().is_some());
        assert!(quits, "{actions:?}");
    }
    Ok(())
}

/// The actions of a relay for the first timer of a label: an endpoint and a timer in the containing VM.
fn first_timer(actions: &[Action]) -> anyhow::Result<(&AddEndpoint, &SetTimer)> {
    if let [Action::Meta(NetworkAction::Add(add)), set @ Action::Meta(_)] = actions
        && let Some(timer) = sent::<SetTimer>(set)
    {
        return Ok((add, timer));
    }
    bail!("an endpoint and a timer, not {actions:?}")
}

/// Whether an endpoint subscribes to the timers of exactly this label.
fn is_for(add: &AddEndpoint, label: &Value) -> bool {
    add.role == Role::subscriber(topic!(TimerExpired { label: label, time: _ }))
}

/// The actions of a relay when a timer in the containing VM expires.
fn expires(
    relay: &mut TestActor,
    token: Token,
    label: &Value,
    time: SystemTime,
) -> anyhow::Result<Vec<Action>> {
    let message = AnyMessage::new(TimerExpired { label: label.clone(), time });
    relay.event(Event::Message { token, message: &message })
}

#[test]
fn the_relay_sets_a_timer_with_its_own_label_and_answers_with_the_original_label() -> anyhow::Result<()> {
    let mut relay = boot(timer_relay("relay"))?;
    let actions = relay.message(SetTimer::after("a", HOUR))?;
    let (add, timer) = first_timer(&actions)?;
    assert_eq!(timer.deadline, Deadline::After(HOUR));
    assert_ne!(timer.label, "a".into());
    assert!(is_for(add, &timer.label));
    let time = SystemTime::UNIX_EPOCH + HOUR;
    let actions = expires(&mut relay, add.token, &timer.label, time)?;
    let [Action::Meta(NetworkAction::Delete { name, .. }), answer @ Action::Local(_)] = &actions[..] else {
        bail!("the endpoint must be deleted and the answer sent, not {actions:?}")
    };
    assert_eq!(name, &add.name);
    assert_eq!(sent(answer), Some(&TimerExpired { label: "a".into(), time }));
    Ok(())
}

#[test]
fn relays_of_one_name_never_use_the_same_label() -> anyhow::Result<()> {
    let mut labels = Vec::new();
    for _ in 0..2 {
        let mut relay = boot(timer_relay("same"))?;
        let actions = relay.message(SetTimer::after("a", HOUR))?;
        labels.push(first_timer(&actions)?.1.label.clone());
    }
    assert_ne!(labels[0], labels[1]);
    Ok(())
}

#[test]
fn timers_of_one_label_share_the_relays_endpoint() -> anyhow::Result<()> {
    let mut relay = boot(timer_relay("relay"))?;
    let actions = relay.message(SetTimer::after("a", HOUR))?;
    let (add, timer) = first_timer(&actions)?;
    let more = relay.message(SetTimer::after("a", HOUR))?;
    let [more] = &more[..] else { bail!("one timer more, not {more:?}") };
    assert_eq!(sent(more), Some(timer));
    let time = SystemTime::UNIX_EPOCH;
    assert_eq!(expires(&mut relay, add.token, &timer.label, time)?.len(), 1, "the answer alone");
    assert_eq!(expires(&mut relay, add.token, &timer.label, time)?.len(), 2, "the endpoint is deleted too");
    Ok(())
}

#[test]
fn the_relay_cancels_its_timer_and_ignores_a_late_expiry() -> anyhow::Result<()> {
    let mut relay = boot(timer_relay("relay"))?;
    let first = relay.message(SetTimer::after("a", HOUR))?;
    let (add, timer) = first_timer(&first)?;
    let actions = relay.message(CancelTimer::new("a"))?;
    let [cancel, Action::Meta(NetworkAction::Delete { name, .. })] = &actions[..] else {
        bail!("a cancellation and the endpoint's end, not {actions:?}")
    };
    assert_eq!(sent(cancel), Some(&CancelTimer { label: timer.label.clone() }));
    assert_eq!(name, &add.name);
    assert!(relay.message(CancelTimer::new("a"))?.is_empty(), "twice");
    // An expiry that was already on its way does not belong to a later timer of the label.
    let second = relay.message(SetTimer::after("a", HOUR))?;
    assert_ne!(first_timer(&second)?.1.label, timer.label);
    assert!(expires(&mut relay, add.token, &timer.label, SystemTime::UNIX_EPOCH)?.is_empty());
    Ok(())
}

#[test]
fn the_relay_forgets_the_timers_of_a_label_that_nobody_subscribes_to_any_more() -> anyhow::Result<()> {
    let mut relay = boot(timer_relay("relay"))?;
    let owner = subscriber("a");
    relay.presence(&owner)?;
    relay.message(SetTimer::after("a", HOUR))?;
    assert_eq!(relay.absence(&owner, &Reason::normal())?.len(), 2, "it cancels, and deletes its endpoint");
    Ok(())
}
