//! Inbound demand: when the driver listens on a port.

use std::io::ErrorKind;

use anyhow::Context as _;
use driver_tcp_bare::{TcpAddress, TcpChannel};
use marketplace_core::{Context, Ground, Reason, Spawn, topic};
use marketplace_testing::{ReasonKind, wait_until};

use crate::support::{
    Program, SessionEvent, connect, driver, echoer, exchange, is_cut_off, is_refused, listen, next_address,
    next_error, reserve_port, write_all,
};

/// Demand for a listener, as an endpoint named `demand`.
fn demand(cx: &mut Context<'_, ()>, us: &TcpAddress) {
    cx.observe_publishers(topic!(TcpChannel { source: _, destination: us, .. })).named("demand");
}

#[test]
fn the_address_that_the_kernel_picked_is_visible_to_late_observers_too() -> anyhow::Result<()> {
    let program = Program::start()?;
    let us = TcpAddress::listener(0);
    let listening = program.listening(&us)?;
    assert!(listening.address.ip().is_loopback());
    assert_ne!(listening.address.port(), 0);
    let mut bounds = program.bounds(&us)?;
    assert_eq!(next_address(&mut bounds)?, listening.address);
    listening.observer.quit()?;
    bounds.absence()?;
    Ok(())
}

#[test]
fn observing_the_subscribers_of_what_a_listener_sends_is_demand_too() -> anyhow::Result<()> {
    let program = Program::start()?;
    let us = TcpAddress::listener(0);
    let topic = topic!(TcpChannel { source: us.clone(), destination: _, .. });
    let _kept = program.process(|cx| {
        cx.observe_subscribers(topic);
    })?;
    connect(program.bound(&us)?)?;
    Ok(())
}

#[test]
fn participants_are_no_demand_for_a_listener() -> anyhow::Result<()> {
    let program = Program::start()?;
    let (reserved, address) = reserve_port()?;
    let us = TcpAddress::listener(address.port());
    let _kept = program.process(move |cx| {
        cx.publisher(topic!(TcpChannel { source: us.clone(), destination: _, .. }));
        cx.subscriber(topic!(TcpChannel { source: _, destination: us, .. }));
    })?;
    // Demand that was added later has been served.
    program.listening(&TcpAddress::listener(0))?;
    assert!(is_refused(address)?);
    drop(reserved);
    Ok(())
}

#[test]
fn the_driver_listens_until_the_last_observer_is_removed_and_connections_stay_open() -> anyhow::Result<()> {
    let program = Program::start()?;
    let us = TcpAddress::listener(0);
    program.spawn(echo_on_demand(us.clone()))?;
    let first = program.process({
        let us = us.clone();
        move |cx| demand(cx, &us)
    })?;
    let second = program.process({
        let us = us.clone();
        move |cx| demand(cx, &us)
    })?;
    let mut bounds = program.bounds(&us)?;
    let address = next_address(&mut bounds)?;
    first.quit()?;
    let client = connect(address)?;
    exchange(&client, b"the first has left")?;
    second.quit()?;
    bounds.absence()?;
    wait_until(|| is_refused(address))?;
    exchange(&client, b"the last has left")
}

/// An echo server that is no demand, because it observes all listeners.
fn echo_on_demand(us: TcpAddress) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.observe_publishers(topic!(TcpChannel {
            source: TcpAddress::Remote { host: _, port: _ },
            destination: _,
            ..
        }))
        .on_presence(move |(), cx, peer| {
            if let Some((them, listener)) = peer.conversation.ends().filter(|(_, listener)| *listener == us) {
                cx.spawn(echoer(them, listener));
            }
        });
    })
}

#[test]
fn a_port_in_use_is_an_error_message_and_new_demand_tries_again() -> anyhow::Result<()> {
    let program = Program::start()?;
    let mut errors = program.errors()?;
    let (reserved, address) = reserve_port()?;
    reserved.listen(1)?;
    let us = TcpAddress::listener(address.port());
    let listener = us.clone();
    let early = program.process(move |cx| demand(cx, &listener))?;
    assert_eq!(next_error(&mut errors)?, (us.clone(), None, ReasonKind::Io(ErrorKind::AddrInUse)));

    drop(reserved);
    early.quit()?;
    program.spawn(listen(us.clone(), echoer))?;
    assert_eq!(program.bound(&us)?, address);
    exchange(&connect(address)?, b"now it is free")
}

#[test]
fn a_port_can_be_listened_on_again_after_it_was_closed_with_a_connection_open() -> anyhow::Result<()> {
    let program = Program::start()?;
    let mut errors = program.errors()?;
    let (_reserved, address) = reserve_port()?;
    let us = TcpAddress::listener(address.port());
    for _ in 0..10 {
        let listening = program.listening(&us);
        let listening = listening.with_context(|| format!("the driver's errors: {:?}", errors.rest()))?;
        let client = connect(listening.address)?;
        let session = program.session(&us, &client.local_addr()?.into())?;
        write_all(&client, b"hello")?;
        assert_eq!(session.receive(5)?, b"hello");
        let mut bounds = program.bounds(&us)?;
        assert_eq!(next_address(&mut bounds)?, address);
        listening.observer.quit()?;
        bounds.absence()?;
    }
    errors.nothing()?;
    Ok(())
}

#[test]
fn a_port_can_be_listened_on_again_in_the_turn_in_which_it_is_closed() -> anyhow::Result<()> {
    let program = Program::start()?;
    let mut errors = program.errors()?;
    let (_reserved, address) = reserve_port()?;
    let us = TcpAddress::listener(address.port());
    let mut bounds = program.bounds(&us)?;
    let observer = program.process({
        let us = us.clone();
        move |cx| demand(cx, &us)
    })?;
    assert_eq!(next_address(&mut bounds)?, address);
    observer.run(move |cx| {
        cx.delete("demand");
        demand(cx, &us);
    })?;
    bounds.absence()?;
    program.listening(&TcpAddress::listener(0))?;
    errors.nothing()?;
    assert_eq!(next_address(&mut bounds)?, address);
    connect(address)?;
    Ok(())
}

#[test]
fn a_driver_that_is_killed_closes_its_ports() -> anyhow::Result<()> {
    let program = Program::run(Ground::new())?;
    let killer = program.process(|_| ())?;
    let (reporter, driver_pid) = program.reports();
    killer.run(move |cx| cx.spawn_then(driver(), move |(), _, pid| reporter.report(pid)))?;
    let us = TcpAddress::listener(0);
    let listening = program.listening(&us)?;
    let driver = driver_pid.next()?;
    killer.run(move |cx| cx.kill(&driver, Reason::normal()))?;
    wait_until(|| is_refused(listening.address))
}

#[test]
fn a_driver_that_is_killed_closes_its_connections() -> anyhow::Result<()> {
    let program = Program::run(Ground::new())?;
    let killer = program.process(|_| ())?;
    let (reporter, driver_pid) = program.reports();
    killer.run(move |cx| cx.spawn_then(driver(), move |(), _, pid| reporter.report(pid)))?;
    let listening = program.listening(&TcpAddress::listener(0))?;
    let client = connect(listening.address)?;
    let session = listening.session()?;
    session.wait_until_open()?;
    let driver = driver_pid.next()?;
    killer.run(move |cx| cx.kill(&driver, Reason::error(anyhow::anyhow!("killed by the test"))))?;
    let gone = || SessionEvent::Absence(ReasonKind::Other("killed by the test".into()));
    assert_eq!((session.outbound.next()?, session.inbound.next()?), (gone(), gone()));
    assert!(is_cut_off(&client)?);
    Ok(())
}
