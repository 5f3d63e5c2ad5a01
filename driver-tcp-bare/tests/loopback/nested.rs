//! The driver in a nested VM, with an event relay.

use std::net::{Shutdown, SocketAddr};

use anyhow::Context as _;
use driver_tcp_bare::{TcpAddress, TcpBound, TcpChannel, TcpSubPacket};
use marketplace_core::{Ground, Pid, Reason, Snapshot, Spawn, topic};
use marketplace_testing::{Reporter, TestVm, wait_until};

use crate::support::{
    Program, Remote, connect, driver, echoer, exchange, is_refused, listen, next_address, read_exact,
    read_to_end, write_all,
};

/// A program without processes.
fn empty() -> anyhow::Result<Program> {
    Program::run(Ground::new())
}

/// An echo server with its driver in a nested VM, and its address.
fn contained(around: &TestVm) -> anyhow::Result<(TestVm, SocketAddr)> {
    let us = TcpAddress::listener(0);
    let vm = around.nested([driver(), listen(us.clone(), echoer)])?;
    let mut bounds = vm.observe_publishers(topic!(TcpBound { listener: us, address: _ }))?;
    let address = next_address(&mut bounds)?;
    Ok((vm, address))
}

/// The process whose name contains `name`.
fn process(snapshot: &Snapshot, name: &str) -> anyhow::Result<Pid> {
    let named = |own: &Option<_>| own.as_deref().is_some_and(|own: &str| own.contains(name));
    let process = snapshot.processes.iter().find(|process| named(&process.name));
    Ok(process.with_context(|| format!("no {name} in\n{snapshot}"))?.pid.clone())
}

#[test]
fn a_driver_in_a_nested_vm_serves_the_sessions_in_it() -> anyhow::Result<()> {
    let program = empty()?;
    let (_vm, address) = contained(&program)?;
    let clients = [connect(address)?, connect(address)?];
    for client in &clients {
        exchange(client, b"hello inside")?;
    }
    let [client, other] = clients;
    client.shutdown(Shutdown::Write)?;
    assert_eq!(read_to_end(&client)?, b"");
    exchange(&other, b"still there")
}

#[test]
fn a_driver_two_vms_deep_serves_its_sessions() -> anyhow::Result<()> {
    let program = empty()?;
    let (_vm, address) = contained(&program.nested([])?)?;
    exchange(&connect(address)?, b"hello deep inside")
}

#[test]
fn drivers_in_two_vms_are_independent() -> anyhow::Result<()> {
    let program = empty()?;
    let ((_one, first), (_two, second)) = (contained(&program)?, contained(&program)?);
    assert_ne!(first, second);
    exchange(&connect(first)?, b"to the first")?;
    exchange(&connect(second)?, b"to the second")
}

/// A session that sends a text over its handle, and reports the answer.
fn client(us: TcpAddress, them: TcpAddress, text: &'static str, heard: Reporter<Vec<u8>>) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.publisher(TcpChannel::flow(&us, &them));
        cx.subscriber(TcpChannel::flow(&them, &us))
            .on_message(move |(), _, channel| {
                if let TcpSubPacket::Bytes(bytes) = &channel.subpacket {
                    heard.report(bytes.to_vec());
                }
            })
            .on_absence(|(), cx, _, _| cx.quit());
        cx.send(TcpChannel::bytes(&us, &them, text));
    })
}

#[test]
fn the_same_handle_in_two_vms_is_two_connections() -> anyhow::Result<()> {
    let (program, remote) = (empty()?, Remote::listen()?);
    let (us, them) = (TcpAddress::handle("the same"), remote.address()?);
    let ((one, first), (two, second)) = (program.reports(), program.reports());
    let _one = program.nested([driver(), client(us.clone(), them.clone(), "one", one)])?;
    let _two = program.nested([driver(), client(us, them, "two", two)])?;
    let peers = [remote.accept()?, remote.accept()?];
    for peer in &peers {
        // Each receives its own text.
        write_all(peer, &read_exact(peer, 3)?)?;
    }
    assert_eq!((first.next()?, second.next()?), (b"one".to_vec(), b"two".to_vec()));
    // The end of one connection does not affect the other.
    let [peer, other] = peers;
    drop(peer);
    write_all(&other, b"still there")?;
    wait_until(|| Ok(first.rest().into_iter().chain(second.rest()).any(|bytes| bytes == b"still there")))
}

#[test]
fn killing_the_vm_closes_all_its_sockets() -> anyhow::Result<()> {
    let program = empty()?;
    let (_vm, address) = contained(&program)?;
    let client = connect(address)?;
    exchange(&client, b"before")?;
    let vm = process(&program.snapshot()?, "test VM")?;
    program.process(|_| ())?.run(move |cx| cx.kill(&vm, Reason::normal()))?;
    assert_eq!(read_to_end(&client)?, b"");
    wait_until(|| is_refused(address))
}

#[test]
fn a_stop_reaches_the_driver_in_the_vm() -> anyhow::Result<()> {
    let program = empty()?;
    let (_vm, address) = contained(&program)?;
    let client = connect(address)?;
    exchange(&client, b"before")?;
    program.ask_to_stop()?;
    assert_eq!(read_to_end(&client)?, b"");
    drop(client);
    program.outcome()?;
    assert!(is_refused(address)?);
    Ok(())
}

#[test]
fn a_driver_that_loses_its_event_source_closes_its_sockets() -> anyhow::Result<()> {
    let program = empty()?;
    let (vm, address) = contained(&program)?;
    let client = connect(address)?;
    exchange(&client, b"before")?;
    let snapshot = program.snapshot()?;
    let path = [process(&snapshot, "test VM")?];
    let relay = process(snapshot.inside(&path).context("the VM is there")?, "relay of EventSource")?;
    vm.process(|_| ())?.run(move |cx| cx.kill(&relay, Reason::normal()))?;
    wait_until(|| Ok(write_all(&client, b"hello").is_err()))?;
    wait_until(|| is_refused(address))
}
