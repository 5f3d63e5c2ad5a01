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

/// What an actor asks for, in the order in which it does.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    /// To offer a signal.
    Offer(SignalKind),
    /// To hear an event source.
    Hear,
    Delete,
    /// To tell of a failure.
    Fail(SignalKind),
    Else,
}

fn asked(actions: &[Action]) -> Vec<Asked> {
    actions.iter().map(what_is_asked).collect()
}

fn what_is_asked(action: &Action) -> Asked {
    match action {
        Action::Local(NetworkAction::Add(AddEndpoint { role, .. })) => offer(role).or_else(|| ear(role)),
        Action::Local(NetworkAction::Delete { .. }) => Some(Asked::Delete),
        Action::Local(NetworkAction::Send { message, .. }) => {
            message.downcast_ref::<SignalError>().map(|error| Asked::Fail(error.kind))
        }
        _ => None,
    }
    .unwrap_or(Asked::Else)
}

fn offer(role: &Role) -> Option<Asked> {
    let kind = role.topic.downcast_ref::<Signal>()?.kind.value()?;
    (role.orientation == Orientation::Publisher && role.interest == Interest::Participant)
        .then_some(Asked::Offer(kind))
}

fn ear(role: &Role) -> Option<Asked> {
    role.topic.downcast_ref::<GroundEvent>()?.source.value()?;
    (role.orientation == Orientation::Subscriber && role.interest == Interest::Participant)
        .then_some(Asked::Hear)
}

#[test]
fn a_signal_is_caught_once_however_many_subscribe_and_until_the_last_leaves() -> anyhow::Result<()> {
    let mut driver = TestActor::boot(signal_driver())?;
    let (us, normal) = (subscriber(KIND), Reason::normal());
    for _ in 0..2 {
        let caught = driver.presence(&us)?;
        assert_eq!(
            asked(&caught),
            [Asked::Offer(KIND), Asked::Hear, Asked::Hear],
            "the signal, and the work"
        );
        assert!(driver.presence(&us)?.is_empty());
        assert!(driver.absence(&us, &normal)?.is_empty());
        let released = driver.absence(&us, &normal)?;
        assert_eq!(asked(&released), [Asked::Delete, Asked::Delete, Asked::Delete]);
    }
    Ok(())
}

#[test]
fn each_kind_is_caught_by_itself_and_one_of_them_keeps_the_program() -> anyhow::Result<()> {
    let mut driver = TestActor::boot(signal_driver())?;
    let (one, other) = (subscriber(KIND), subscriber(SignalKind::WindowChange));
    driver.presence(&one)?;
    let caught = driver.presence(&other)?;
    assert_eq!(asked(&caught), [Asked::Offer(SignalKind::WindowChange), Asked::Hear]);
    let released = driver.absence(&one, &Reason::normal())?;
    assert_eq!(asked(&released), [Asked::Delete, Asked::Delete]);
    let released = driver.absence(&other, &Reason::normal())?;
    assert_eq!(asked(&released), [Asked::Delete, Asked::Delete, Asked::Delete]);
    Ok(())
}

#[test]
fn who_watches_or_names_no_signal_is_no_demand() -> anyhow::Result<()> {
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
fn a_signal_that_cannot_be_caught_is_told_of_once_for_each_new_demand() -> anyhow::Result<()> {
    for kind in [SignalKind::Kill, SignalKind::Stop] {
        let mut driver = TestActor::boot(signal_driver())?;
        let us = subscriber(kind);
        for _ in 0..2 {
            let told = driver.presence(&us)?;
            assert_eq!(asked(&told), [Asked::Fail(kind)]);
            assert!(driver.presence(&us)?.is_empty());
            assert!(driver.absence(&us, &Reason::normal())?.is_empty());
            assert!(driver.absence(&us, &Reason::normal())?.is_empty());
        }
    }
    Ok(())
}

#[test]
fn a_signal_whose_source_ends_is_released_and_told_of() -> anyhow::Result<()> {
    let mut driver = TestActor::boot(signal_driver())?;
    let us = subscriber(KIND);
    driver.presence(&us)?;
    let source = source_of(&driver, KIND)?;
    let told = driver.absence(&source, &Reason::error(anyhow::anyhow!("broken")))?;
    assert_eq!(asked(&told), [Asked::Fail(KIND), Asked::Delete, Asked::Delete, Asked::Delete]);
    let errors = TestActor::sent::<SignalError>(&told);
    assert_eq!(errors.iter().map(|error| error.reason.to_string()).collect::<Vec<_>>(), ["broken"]);
    assert!(driver.absence(&us, &Reason::normal())?.is_empty());
    assert_eq!(asked(&driver.presence(&us)?), [Asked::Offer(KIND), Asked::Hear, Asked::Hear]);
    // What is told late of the former source is none of the new one's business.
    assert!(driver.absence(&source, &Reason::normal())?.is_empty());
    Ok(())
}

/// The ground's publisher of a signal's source, which the driver hears.
fn source_of(driver: &TestActor, kind: SignalKind) -> anyhow::Result<Role> {
    let topics = driver.endpoints().iter().map(|endpoint| &endpoint.role.topic);
    let mut sources =
        topics.filter_map(Topic::downcast_ref::<GroundEvent>).filter_map(|event| event.source.value());
    let source = sources.find(|source| format!("{source:?}").contains(kind.name()));
    let source = source.ok_or_else(|| anyhow::anyhow!("{kind} is not heard"))?;
    Ok(Role::publisher(topic!(GroundEvent { source, .. })))
}

#[test]
fn signals_are_caught_while_the_program_stops_but_do_not_keep_it() -> anyhow::Result<()> {
    let mut driver = TestActor::boot(signal_driver())?;
    driver.presence(&subscriber(KIND))?;
    let stopping = Role::publisher(topic!(Stopping { deadline: None }));
    assert_eq!(asked(&driver.presence(&stopping)?), [Asked::Delete], "the work is over");
    let caught = driver.presence(&subscriber(SignalKind::User2))?;
    assert_eq!(asked(&caught), [Asked::Offer(SignalKind::User2), Asked::Hear]);
    Ok(())
}
