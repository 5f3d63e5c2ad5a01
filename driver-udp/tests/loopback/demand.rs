//! The demand for a socket: it is open while a process publishes packets from it or subscribes to packets to it.

use driver_udp::{UdpAddress, UdpPacket};
use marketplace_core::{Action, Actions, Actor, Event, Pid, Spawn, VirtualMachine, topic};

use crate::support::{Program, Remote, driver, next_address};

#[test]
fn a_publisher_alone_is_demand() -> anyhow::Result<()> {
    let program = Program::start()?;
    let remote = Remote::bind()?;
    let us = UdpAddress::handle("sender");
    let demand = program.publisher(&us)?;
    let mut bounds = program.bounds(&us)?;
    let address = next_address(&mut bounds)?;
    program.send(UdpPacket::new(&us, &remote.address()?, "hello"))?;
    assert_eq!(remote.receive()?, (b"hello".into(), address));
    demand.quit()?;
    bounds.absence()?;
    Ok(())
}

#[test]
fn a_subscriber_alone_is_demand() -> anyhow::Result<()> {
    let program = Program::start()?;
    let us = UdpAddress::listener(0);
    let mut bounds = program.bounds(&us)?;
    let mut inbox = program.inbox(&us)?;
    let address = next_address(&mut bounds)?;
    Remote::bind()?.send(b"hello", address)?;
    assert_eq!(inbox.message()?.body, "hello");
    drop(inbox);
    bounds.absence()?;
    Ok(())
}

#[test]
fn an_observer_is_no_demand() -> anyhow::Result<()> {
    let program = Program::start()?;
    let (observed, demanded) = (UdpAddress::handle("observed"), UdpAddress::handle("demanded"));
    let mut bounds = program.bounds(&observed)?;
    let (from, to) = (UdpPacket::outbound(&observed), UdpPacket::inbound(&observed));
    let _observer = program.process(|cx| {
        cx.observe_subscribers(from);
        cx.observe_publishers(to);
    })?;
    // Demand that was added later has been served.
    let _demanded = program.bound_inbox(&demanded)?;
    bounds.nothing()?;
    Ok(())
}

#[test]
fn several_processes_share_a_socket_until_the_last_one_quits() -> anyhow::Result<()> {
    let program = Program::start()?;
    let us = UdpAddress::listener(0);
    let mut bounds = program.bounds(&us)?;
    let mut first = program.inbox(&us)?;
    let mut second = program.inbox(&us)?;
    let sender = program.publisher(&us)?;
    let address = next_address(&mut bounds)?;
    let remote = Remote::bind()?;

    remote.send(b"to both", address)?;
    assert_eq!(first.message()?.body, "to both");
    assert_eq!(second.message()?.body, "to both");
    drop(first);
    remote.send(b"to one", address)?;
    assert_eq!(second.message()?.body, "to one");
    drop(second);
    program.send(UdpPacket::new(&us, &remote.address()?, "from the last"))?;
    assert_eq!(remote.receive()?, (b"from the last".into(), address));
    sender.quit()?;
    bounds.absence()?;
    Ok(())
}

#[test]
fn what_a_process_sends_in_the_turn_of_its_demand_is_sent() -> anyhow::Result<()> {
    let program = Program::start()?;
    let remote = Remote::bind()?;
    let (us, them) = (UdpAddress::handle("hasty"), remote.address()?);
    let _hasty = program.process(move |cx| {
        cx.publisher(UdpPacket::flow(&us, &them));
        for number in 0..10 {
            cx.send(UdpPacket::new(&us, &them, vec![number]));
        }
    })?;
    for number in 0..10 {
        assert_eq!(remote.receive()?.0, [number]);
    }
    Ok(())
}

#[test]
fn a_packet_that_is_sent_before_the_socket_is_bound_does_not_count_as_dropped() -> anyhow::Result<()> {
    let remote = Remote::bind()?;
    let (us, them) = (UdpAddress::handle("hasty"), remote.address()?);
    let hasty = Spawn::new((), move |(), cx| {
        cx.publisher(UdpPacket::flow(&us, &them));
        cx.send(UdpPacket::new(&us, &them, "at once"));
        cx.yield_then(move |(), cx| cx.send(UdpPacket::new(&us, &them, "a round later")));
    });
    let mut vm = VirtualMachine::outermost([driver().spawn(), hasty]);
    let mut actions = Actions::new(false);
    vm.handle(Event::Boot { pid: Pid::detached() }, &mut actions)?;
    while let Some(Action::Yield(token)) = actions.take().pop() {
        vm.handle(Event::Resumed { token }, &mut actions)?;
    }
    assert_eq!((vm.pending(), vm.dropped()), (0, 0));
    Ok(())
}

#[test]
fn the_driver_is_a_participant_in_both_directions() -> anyhow::Result<()> {
    let program = Program::start()?;
    let (us, them) = (UdpAddress::handle("us"), UdpAddress::remote("127.0.0.1", 9));
    let (reporter, seen) = program.reports();
    let _session = program.process(move |cx| {
        let (out, inward) = (reporter.clone(), reporter);
        cx.publisher(UdpPacket::flow(&us, &them))
            .on_presence(move |(), _, peer| out.report(peer.conversation.ends()));
        cx.subscriber(UdpPacket::flow(&them, &us))
            .on_presence(move |(), _, peer| inward.report(peer.conversation.ends()));
    })?;
    let (us, them) = (UdpAddress::handle("us"), UdpAddress::remote("127.0.0.1", 9));
    assert_eq!(seen.next()?, Some((us.clone(), them.clone())));
    assert_eq!(seen.next()?, Some((them, us)));
    Ok(())
}

#[test]
fn local_sockets_reach_each_other_over_the_network() -> anyhow::Result<()> {
    let program = Program::start()?;
    let (one, other) = (UdpAddress::handle("one"), UdpAddress::listener(0));
    let (mut at_one, one_address) = program.bound_inbox(&one)?;
    let (mut at_other, other_address) = program.bound_inbox(&other)?;
    program.send(UdpPacket::new(&one, &other_address.into(), "ping"))?;
    let ping = at_other.message()?;
    assert_eq!(*ping, UdpPacket::new(&one_address.into(), &other, "ping"));
    program.send(ping.reply("pong"))?;
    assert_eq!(*at_one.message()?, UdpPacket::new(&other_address.into(), &one, "pong"));
    Ok(())
}

#[test]
fn local_sockets_reach_each_other_once_by_their_local_addresses() -> anyhow::Result<()> {
    let program = Program::start()?;
    let (one, other) = (UdpAddress::handle("one"), UdpAddress::listener(0));
    let (mut at_one, _) = program.bound_inbox(&one)?;
    let (mut at_other, address) = program.bound_inbox(&other)?;
    let ping = UdpPacket::new(&one, &other, "ping");
    program.send(ping.clone())?;
    assert_eq!(*at_other.message()?, ping);
    program.send(ping.reply("pong"))?;
    assert_eq!(*at_one.message()?, ping.reply("pong"));
    // Nothing else was received meanwhile.
    Remote::bind()?.send(b"last", address)?;
    assert_eq!(at_other.message()?.body, "last");
    Ok(())
}

#[test]
fn a_subscriber_to_all_packets_is_no_demand_and_receives_all() -> anyhow::Result<()> {
    let program = Program::start()?;
    let mut heard = program.messages(topic!(UdpPacket { .. }))?;
    let us = UdpAddress::listener(0);
    let (_inbox, address) = program.bound_inbox(&us)?;
    let remote = Remote::bind()?;
    remote.send(b"heard", address)?;
    assert_eq!(*heard.message()?, UdpPacket::new(&remote.address()?, &us, "heard"));
    Ok(())
}
