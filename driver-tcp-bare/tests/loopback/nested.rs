//! The driver inside a nested VM, with an event relay of test size between it and the ground.

use std::net::{Shutdown, SocketAddr};
use std::sync::mpsc;

use driver_tcp_bare::{TcpAddress, TcpBound, TcpChannel, TcpSubPacket};
use marketplace_core::{EventSource, Ground, GroundEvent, Message, Pattern, Reason, Spawn, Stopping, topic};

use crate::support::{
    PATIENCE, Program, Remote, Reporter, Reports, connect, driver, echoer, exchange, is_refused, listen,
    read_exact, read_to_end, reports, until, write_all,
};

/// Has the ground's events, and its stop, reach the processes of the VM that it runs in.
fn event_relay() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.observe_subscribers(topic!(GroundEvent { source: _, .. }))
            .for_each_conversation(|conversation| conversation.source.value().map(relay));
        cx.meta().observe_publishers(topic!(Stopping { .. })).on_presence(|(), cx, stopping| {
            cx.publisher(stopping.conversation.clone());
        });
    })
    .named("event relay")
}

/// Has what relays events go.
#[derive(Debug, Message)]
struct Break {}

/// Relays one source while there is demand for it.
fn relay(source: EventSource) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.subscriber(topic!(Break {})).on_message(|(), cx, _| cx.quit());
        let inside = topic!(GroundEvent { source: source.clone(), .. });
        cx.meta()
            .subscriber(topic!(GroundEvent { source: source, .. }))
            .on_presence(move |(), cx, _| {
                cx.publisher(inside.clone()).named("inside");
            })
            .on_absence(|(), cx, _, reason| cx.delete_because("inside", reason.clone()))
            .on_message(|(), cx, event| {
                cx.send(GroundEvent { source: event.source.clone(), value: event.value.clone() });
            });
    })
    .named("relay")
}

/// Reports the address of the listener.
fn reporter(us: TcpAddress, reporter: Reporter<SocketAddr>) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.observe_publishers(topic!(TcpBound { listener: us, address: _ })).on_presence(
            move |(), _, bound| {
                if let Some(address) = bound.conversation.address.value() {
                    reporter.report(address);
                }
            },
        );
    })
}

/// An echo server, driver and all, as one process; and the address it will have.
fn contained() -> (Spawn, Reports<SocketAddr>) {
    let us = TcpAddress::listener(0);
    let (bound, address) = reports();
    let processes = [event_relay(), driver(), listen(us.clone(), echoer), reporter(us, bound)];
    (Spawn::nested(processes).named("echo server"), address)
}

#[test]
fn a_driver_in_a_nested_vm_serves_the_sessions_in_it() -> anyhow::Result<()> {
    let (server, address) = contained();
    let _program = Program::run(Ground::new().spawn(server));
    let address = address.next()?;
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
fn a_driver_two_vms_deep_serves_too() -> anyhow::Result<()> {
    let (server, address) = contained();
    let _program = Program::run(Ground::new().spawn(Spawn::nested([event_relay(), server])));
    exchange(&connect(address.next()?)?, b"hello deep inside")
}

#[test]
fn drivers_in_two_vms_do_not_meet() -> anyhow::Result<()> {
    let (one, first) = contained();
    let (two, second) = contained();
    let _program = Program::run(Ground::new().spawn(one).spawn(two));
    let (first, second) = (first.next()?, second.next()?);
    assert_ne!(first, second);
    exchange(&connect(first)?, b"to the first")?;
    exchange(&connect(second)?, b"to the second")
}

/// A driver and a session that says something over its handle, as one process.
fn contained_client(us: TcpAddress, them: TcpAddress, text: &'static str, heard: Reporter<Vec<u8>>) -> Spawn {
    let session = Spawn::new((), move |(), cx| {
        cx.publisher(TcpChannel::flow(&us, &them));
        cx.subscriber(TcpChannel::flow(&them, &us))
            .on_message(move |(), _, channel| {
                if let TcpSubPacket::Bytes(bytes) = &channel.subpacket {
                    heard.report(bytes.to_vec());
                }
            })
            .on_absence(|(), cx, _, _| cx.quit());
        cx.send(TcpChannel::bytes(&us, &them, text));
    });
    Spawn::nested([event_relay(), driver(), session])
}

#[test]
fn the_same_handle_in_two_vms_is_two_connections() -> anyhow::Result<()> {
    let remote = Remote::listen()?;
    let (us, them) = (TcpAddress::handle("the same"), remote.address()?);
    let ((one, first), (two, second)) = (reports(), reports());
    let ground = Ground::new()
        .spawn(contained_client(us.clone(), them.clone(), "one", one))
        .spawn(contained_client(us, them, "two", two));
    let _program = Program::run(ground);
    let peers = [remote.accept()?, remote.accept()?];
    for peer in &peers {
        // Each is answered with what it says.
        write_all(peer, &read_exact(peer, 3)?)?;
    }
    assert_eq!((first.next()?, second.next()?), (b"one".to_vec(), b"two".to_vec()));
    // The end of the one is not the other's.
    let [peer, other] = peers;
    drop(peer);
    write_all(&other, b"still there")?;
    until(|| Ok(first.rest().into_iter().chain(second.rest()).any(|bytes| bytes == b"still there")))
}

#[test]
fn killing_the_vm_closes_all_its_sockets() -> anyhow::Result<()> {
    let program = Program::run(Ground::new());
    let mut killer = program.puppet(|_| ())?;
    let (sender, receiver) = mpsc::channel();
    let (server, address) = contained();
    killer.tell(move |cx| cx.spawn_then(server, move |(), _, pid| Ok(sender.send(pid)?)))?;
    let address = address.next()?;
    let client = connect(address)?;
    exchange(&client, b"before")?;
    let vm = receiver.recv_timeout(PATIENCE)?;
    killer.tell(move |cx| cx.kill(&vm, Reason::normal()))?;
    assert_eq!(read_to_end(&client)?, b"");
    until(|| is_refused(address))
}

#[test]
fn a_stop_reaches_the_driver_in_the_vm() -> anyhow::Result<()> {
    let (server, address) = contained();
    let mut program = Program::run(Ground::new().spawn(server));
    let address = address.next()?;
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
fn a_driver_that_hears_no_more_of_its_sockets_closes_them() -> anyhow::Result<()> {
    let us = TcpAddress::listener(0);
    let (bound, address) = reports();
    let breaking = Spawn::new((), |(), cx| {
        cx.subscriber(topic!(TcpChannel { source: _, destination: _, subpacket: TcpSubPacket::Bytes(_) }))
            .on_message(|(), cx, _| cx.send(Break {}));
    });
    let processes = [event_relay(), driver(), breaking, listen(us.clone(), echoer), reporter(us, bound)];
    let _program = Program::run(Ground::new().spawn(Spawn::nested(processes)));
    let address = address.next()?;
    let client = connect(address)?;
    until(|| Ok(write_all(&client, b"hello").is_err()))?;
    until(|| is_refused(address))
}
