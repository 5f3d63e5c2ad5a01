//! The driver's process without a VM: events in, actions out.

#![cfg(unix)]

use driver_signal::{Signal, SignalError, SignalKind, signal_driver};
use marketplace_core::{
    Action, AddEndpoint, GroundEvent, Interest, NetworkAction, Orientation, Pattern, Reason, Role, Stopping,
    Topic, topic,
};
use marketplace_testing::TestActor;

const KIND: SignalKind = SignalKind::User1;

fn subscriber(kind: SignalKind) -> Role {
    Role::subscriber(topic!(Signal { kind }))
}

/// An action of the driver.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// Adds the publisher of a signal.
    Publish(SignalKind),
    /// Subscribes to an event source.
    SubscribeToSource,
    Delete,
    /// Sends a `SignalError`.
    ReportError(SignalKind),
    Other,
}

fn steps(actions: &[Action]) -> Vec<Step> {
    actions.iter().map(step).collect()
}

fn step(action: &Action) -> Step {
    match action {
        Action::Local(NetworkAction::Add(AddEndpoint { role, .. })) => {
            publish(role).or_else(|| subscribe_to_source(role))
        }
        Action::Local(NetworkAction::Delete { .. }) => Some(Step::Delete),
        Action::Local(NetworkAction::Send { message, .. }) => {
            message.downcast_ref::<SignalError>().map(|error| Step::ReportError(error.kind))
        }
        _ => None,
    }
    .unwrap_or(Step::Other)
}

fn publish(role: &Role) -> Option<Step> {
    let kind = role.topic.downcast_ref::<Signal>()?.kind.value()?;
    (role.orientation == Orientation::Publisher && role.interest == Interest::Participant)
        .then_some(Step::Publish(kind))
}

fn subscribe_to_source(role: &Role) -> Option<Step> {
    role.topic.downcast_ref::<GroundEvent>()?.source.value()?;
    (role.orientation == Orientation::Subscriber && role.interest == Interest::Participant)
        .then_some(Step::SubscribeToSource)
}

#[test]
fn a_signal_is_caught_once_for_all_subscribers_and_until_the_last_is_removed() -> anyhow::Result<()> {
    let mut driver = TestActor::boot(signal_driver())?;
    let (us, normal) = (subscriber(KIND), Reason::normal());
    for _ in 0..2 {
        let caught = driver.presence(&us)?;
        assert_eq!(
            steps(&caught),
            [Step::Publish(KIND), Step::SubscribeToSource, Step::SubscribeToSource],
            "the signal, and the endpoint that keeps the program running"
        );
        assert!(driver.presence(&us)?.is_empty());
        assert!(driver.absence(&us, &normal)?.is_empty());
        let released = driver.absence(&us, &normal)?;
        assert_eq!(steps(&released), [Step::Delete, Step::Delete, Step::Delete]);
    }
    Ok(())
}

#[test]
fn each_kind_is_caught_by_itself_and_one_of_them_keeps_the_program_running() -> anyhow::Result<()> {
    let mut driver = TestActor::boot(signal_driver())?;
    let (one, other) = (subscriber(KIND), subscriber(SignalKind::WindowChange));
    driver.presence(&one)?;
    let caught = driver.presence(&other)?;
    assert_eq!(steps(&caught), [Step::Publish(SignalKind::WindowChange), Step::SubscribeToSource]);
    let released = driver.absence(&one, &Reason::normal())?;
    assert_eq!(steps(&released), [Step::Delete, Step::Delete]);
    let released = driver.absence(&other, &Reason::normal())?;
    assert_eq!(steps(&released), [Step::Delete, Step::Delete, Step::Delete]);
    Ok(())
}

#[test]
fn an_observer_and_a_subscriber_to_all_signals_are_no_demand() -> anyhow::Result<()> {
    let mut driver = TestActor::boot(signal_driver())?;
    for role in [
        Role::subscriber(topic!(Signal { .. })),
        subscriber(KIND).with_interest(Interest::Observer),
        subscriber(KIND).with_interest(Interest::Everything),
        Role::publisher(topic!(Signal { kind: KIND })),
    ] {
        assert!(driver.presence(&role)?.is_empty(), "{role:?}");
    }
    Ok(())
}

#[test]
fn a_signal_that_cannot_be_caught_is_an_error_for_each_new_demand() -> anyhow::Result<()> {
    for kind in [SignalKind::Kill, SignalKind::Stop] {
        let mut driver = TestActor::boot(signal_driver())?;
        let us = subscriber(kind);
        for _ in 0..2 {
            let actions = driver.presence(&us)?;
            assert_eq!(steps(&actions), [Step::ReportError(kind)]);
            assert!(driver.presence(&us)?.is_empty());
            assert!(driver.absence(&us, &Reason::normal())?.is_empty());
            assert!(driver.absence(&us, &Reason::normal())?.is_empty());
        }
    }
    Ok(())
}

#[test]
fn a_signal_whose_source_ends_is_released_and_is_an_error() -> anyhow::Result<()> {
    let mut driver = TestActor::boot(signal_driver())?;
    let us = subscriber(KIND);
    driver.presence(&us)?;
    let source = source_of(&driver, KIND)?;
    let actions = driver.absence(&source, &Reason::error(anyhow::anyhow!("broken")))?;
    assert_eq!(steps(&actions), [Step::ReportError(KIND), Step::Delete, Step::Delete, Step::Delete]);
    let errors = TestActor::sent::<SignalError>(&actions);
    assert_eq!(errors.iter().map(|error| error.reason.to_string()).collect::<Vec<_>>(), ["broken"]);
    assert!(driver.absence(&us, &Reason::normal())?.is_empty());
    assert_eq!(
        steps(&driver.presence(&us)?),
        [Step::Publish(KIND), Step::SubscribeToSource, Step::SubscribeToSource]
    );
    // A late absence of the former source has no effect on the new one.
    assert!(driver.absence(&source, &Reason::normal())?.is_empty());
    Ok(())
}

/// The ground's publisher of a signal's source.
fn source_of(driver: &TestActor, kind: SignalKind) -> anyhow::Result<Role> {
    let topics = driver.endpoints().iter().map(|endpoint| &endpoint.role.topic);
    let mut sources =
        topics.filter_map(Topic::downcast_ref::<GroundEvent>).filter_map(|event| event.source.value());
    let source = sources.find(|source| format!("{source:?}").contains(kind.name()));
    let source =
        source.ok_or_else(|| anyhow::anyhow!("the driver does not subscribe to the source of {kind}"))?;
    Ok(Role::publisher(topic!(GroundEvent { source, .. })))
}

#[test]
fn signals_are_caught_while_the_program_stops_but_do_not_keep_it_running() -> anyhow::Result<()> {
    let mut driver = TestActor::boot(signal_driver())?;
    driver.presence(&subscriber(KIND))?;
    let stopping = Role::publisher(topic!(Stopping { deadline: None }));
    assert_eq!(steps(&driver.presence(&stopping)?), [Step::Delete], "it no longer keeps the program running");
    let caught = driver.presence(&subscriber(SignalKind::User2))?;
    assert_eq!(steps(&caught), [Step::Publish(SignalKind::User2), Step::SubscribeToSource]);
    Ok(())
}
