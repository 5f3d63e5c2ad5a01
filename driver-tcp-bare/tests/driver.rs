//! The driver's process without a VM: events in, actions out.

mod support;

use std::task::{Context, Waker};

use anyhow::{Context as _, ensure};
use driver_tcp_bare::{TcpAddress, TcpBound, TcpChannel};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use marketplace_core::{
    Action, Interest, NetworkAction, Output, Reason, Role, Stopping, TaskContext, Value, topic,
};
use marketplace_testing::TestActor;

use support::{is_refused, options, reserve_port, unanswered};

/// The driver's actor, whose first turn does nothing but add endpoints.
fn boot() -> anyhow::Result<TestActor> {
    let driver = TestActor::boot(options().spawn())?;
    let adds = |action: &Action| matches!(action, Action::Local(NetworkAction::Add(_)));
    ensure!(driver.first().iter().all(adds), "booting adds endpoints and does not {:?}", driver.first());
    Ok(driver)
}

/// The name of the endpoint that publishes the address of a listener, if one is added.
fn bound(actions: &[Action]) -> Option<Value> {
    actions.iter().find_map(|action| match action {
        Action::Local(NetworkAction::Add(add)) => {
            add.role.topic.downcast_ref::<TcpBound>().map(|_| add.name.clone())
        }
        _ => None,
    })
}

/// Whether the only action deletes the endpoint `name`.
fn deletes(actions: &[Action], name: &Value) -> bool {
    matches!(actions, [Action::Local(NetworkAction::Delete { name: deleted, .. })] if deleted == name)
}

/// The attempt to connect, if it is the only action.
fn attempt(actions: Vec<Action>) -> anyhow::Result<BoxFuture<'static, Result<Output, Reason>>> {
    match <[Action; 1]>::try_from(actions) {
        Ok([Action::Perform(_, task)]) => Ok(task.into_future(&TaskContext::default())),
        actions => anyhow::bail!("no attempt to connect: {actions:?}"),
    }
}

fn goes_on(attempt: &mut BoxFuture<'static, Result<Output, Reason>>) -> bool {
    attempt.poll_unpin(&mut Context::from_waker(Waker::noop())).is_pending()
}

fn to_listener(port: u16) -> Role {
    let listener = TcpAddress::listener(port);
    Role::subscriber(topic!(TcpChannel { source: _, destination: listener, .. }))
}

fn from_listener(port: u16) -> Role {
    let listener = TcpAddress::listener(port);
    Role::publisher(topic!(TcpChannel { source: listener, destination: _, .. }))
}

/// The roles of a session for the two directions of an outbound connection.
fn outbound(them: &TcpAddress) -> [Role; 2] {
    let us = TcpAddress::handle("us");
    [Role::publisher(TcpChannel::flow(&us, them)), Role::subscriber(TcpChannel::flow(them, &us))]
}

#[test]
fn booting_adds_endpoints_that_sessions_do_not_see() -> anyhow::Result<()> {
    let driver = boot()?;
    let tcp: Vec<_> = driver
        .endpoints()
        .iter()
        .filter(|add| add.role.topic.downcast_ref::<TcpChannel>().is_some())
        .collect();
    assert_eq!(tcp.len(), 4, "two directions of two kinds of demand");
    for add in tcp {
        assert!(
            !add.role.interest.is_visible_to(Interest::Participant),
            "a session would see {:?}",
            add.role
        );
    }
    Ok(())
}

#[test]
fn demand_for_a_listener_is_counted_over_both_directions() -> anyhow::Result<()> {
    let mut driver = boot()?;
    let (_reserved, address) = reserve_port()?;
    let inbound = to_listener(address.port()).with_interest(Interest::Observer);
    let outbound = from_listener(address.port()).with_interest(Interest::Observer);
    let endpoint = bound(&driver.presence(&inbound)?).context("a listener")?;
    assert!(driver.presence(&inbound)?.is_empty());
    assert!(driver.presence(&outbound)?.is_empty());
    assert!(driver.absence(&inbound, &Reason::normal())?.is_empty());
    assert!(driver.absence(&inbound, &Reason::normal())?.is_empty());
    assert!(!is_refused(address)?);
    let actions = driver.absence(&outbound, &Reason::normal())?;
    assert!(deletes(&actions, &endpoint), "{actions:?}");
    assert!(is_refused(address)?);
    Ok(())
}

#[test]
fn each_port_has_a_listener_of_its_own() -> anyhow::Result<()> {
    let mut driver = boot()?;
    let reserved = [reserve_port()?, reserve_port()?];
    let mut endpoints = Vec::new();
    for (_, address) in &reserved {
        let actions = driver.presence(&to_listener(address.port()).with_interest(Interest::Observer))?;
        endpoints.push(bound(&actions).with_context(|| format!("a listener on {address}: {actions:?}"))?);
        assert!(!is_refused(*address)?);
    }
    assert_ne!(endpoints[0], endpoints[1]);
    Ok(())
}

#[test]
fn participants_and_everything_endpoints_are_no_demand_for_a_listener() -> anyhow::Result<()> {
    let mut driver = boot()?;
    for role in [to_listener(80), from_listener(80)] {
        assert!(driver.presence(&role)?.is_empty());
        assert!(driver.presence(&role.with_interest(Interest::Everything))?.is_empty());
    }
    Ok(())
}

#[test]
fn an_observer_of_all_listeners_is_no_demand() -> anyhow::Result<()> {
    let mut driver = boot()?;
    let all =
        Role::subscriber(topic!(TcpChannel { source: _, destination: TcpAddress::Listener { port: _ }, .. }));
    assert!(driver.presence(&all.with_interest(Interest::Observer))?.is_empty());
    Ok(())
}

#[test]
fn either_direction_is_demand_for_one_connection_and_both_are_the_same() -> anyhow::Result<()> {
    let (them, _full) = unanswered()?;
    for first in [0, 1] {
        let mut driver = boot()?;
        let roles = outbound(&them);
        let (one, other) = (&roles[first], &roles[1 - first]);
        let mut former = attempt(driver.presence(one)?)?;
        assert!(driver.presence(other)?.is_empty());
        assert!(driver.absence(one, &Reason::normal())?.is_empty());
        assert!(goes_on(&mut former));
        assert!(driver.absence(other, &Reason::normal())?.is_empty());
        assert!(!goes_on(&mut former), "there is no demand any more");
        assert!(goes_on(&mut attempt(driver.presence(other)?)?), "new demand");
    }
    Ok(())
}

#[test]
fn an_unknown_end_is_no_demand_for_a_connection() -> anyhow::Result<()> {
    let mut driver = boot()?;
    let (us, them) = (TcpAddress::handle("us"), TcpAddress::remote("them", 80));
    // The intersection with the driver's topics narrows the unknown end to its kind.
    let no_port = topic!(TcpChannel {
        source: us,
        destination: TcpAddress::Remote { host: "them".into(), port: _ },
        ..
    });
    let no_id = topic!(TcpChannel { source: them, destination: TcpAddress::Handle { id: _ }, .. });
    assert!(driver.presence(&Role::publisher(no_port))?.is_empty());
    assert!(driver.presence(&Role::subscriber(no_id))?.is_empty());
    Ok(())
}

#[test]
fn stopping_makes_it_quit() -> anyhow::Result<()> {
    let mut driver = boot()?;
    let actions = driver.presence(&Role::publisher(topic!(Stopping { .. })))?;
    let quits = matches!(&actions[..], [Action::Local(NetworkAction::Quit { pid: None, reason })] if reason.as_error().is_none());
    assert!(quits, "{actions:?}");
    Ok(())
}
