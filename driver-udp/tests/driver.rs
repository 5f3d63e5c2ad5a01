//! The driver's process without sockets: events in, actions out.

use anyhow::ensure;
use driver_udp::{
    UdpAddress, UdpAddressPattern, UdpBound, UdpBoundPattern, UdpDriver, UdpError, UdpErrorPattern, UdpHost,
    UdpPacket, UdpPacketPattern, udp_driver,
};
use marketplace_core::{Action, Interest, NetworkAction, Pattern, Reason, Role, Spawn, Stopping, topic};
use marketplace_testing::TestActor;

/// The driver's actor, whose first turn does nothing but add endpoints.
fn boot(driver: Spawn) -> anyhow::Result<TestActor> {
    let driver = TestActor::boot(driver)?;
    let adds = |action: &Action| matches!(action, Action::Local(NetworkAction::Add(_)));
    ensure!(driver.first().iter().all(adds), "booting adds endpoints and does not {:?}", driver.first());
    Ok(driver)
}

/// Whether the only action spawns a process.
fn spawns(actions: &[Action]) -> bool {
    matches!(actions, [Action::Local(NetworkAction::Spawn { .. })])
}

/// The two roles by which a process is a participant of a local socket.
fn participants(us: &UdpAddress) -> [Role; 2] {
    [Role::publisher(UdpPacket::outbound(us)), Role::subscriber(UdpPacket::inbound(us))]
}

fn locals() -> [UdpAddress; 3] {
    [UdpAddress::handle("us"), UdpAddress::listener(80), UdpAddress::listener(0)]
}

const fn send_and_sync<T: Send + Sync>() {}

#[test]
fn everything_public_can_cross_threads() {
    send_and_sync::<(UdpPacket, UdpPacketPattern)>();
    send_and_sync::<(UdpAddress, UdpAddressPattern, UdpHost)>();
    send_and_sync::<(UdpBound, UdpBoundPattern)>();
    send_and_sync::<(UdpError, UdpErrorPattern)>();
    send_and_sync::<UdpDriver>();
}

#[test]
fn the_driver_itself_subscribes_to_packets_to_remote_sockets_and_nothing_else() -> anyhow::Result<()> {
    let driver = boot(udp_driver())?;
    let visible = driver.endpoints().iter().map(|add| add.role.clone());
    let visible: Vec<_> = visible.filter(|role| role.interest.is_visible_to(Interest::Participant)).collect();
    let remote = topic!(UdpAddress::Remote { host: _, port: _ });
    let taking = [topic!(UdpAddress::Handle { id: _ }), topic!(UdpAddress::Listener { port: _ })]
        .map(|source| UdpPacketPattern { source, destination: remote.clone(), ..UdpPacketPattern::any() })
        .map(Role::subscriber);
    assert_eq!(visible, taking);
    Ok(())
}

#[test]
fn either_direction_is_demand_for_one_socket_and_both_are_the_same() -> anyhow::Result<()> {
    for us in locals() {
        for first in [0, 1] {
            let mut driver = boot(udp_driver())?;
            let roles = participants(&us);
            let (one, other) = (&roles[first], &roles[1 - first]);
            let actions = driver.presence(one)?;
            assert!(spawns(&actions), "{actions:?}");
            assert!(driver.presence(other)?.is_empty());
            assert!(driver.presence(other)?.is_empty());
            assert!(driver.absence(one, &Reason::normal())?.is_empty());
            assert!(driver.absence(other, &Reason::normal())?.is_empty());
            assert!(driver.presence(one)?.is_empty(), "the old demand still exists");
            assert!(driver.absence(one, &Reason::normal())?.is_empty());
            assert!(driver.absence(other, &Reason::normal())?.is_empty());
            let actions = driver.presence(other)?;
            assert!(spawns(&actions), "new demand: {actions:?}");
        }
    }
    Ok(())
}

#[test]
fn each_local_address_has_a_socket_of_its_own() -> anyhow::Result<()> {
    let mut driver = boot(udp_driver())?;
    for us in locals() {
        let [publisher, _] = participants(&us);
        let actions = driver.presence(&publisher)?;
        assert!(spawns(&actions), "for {us}: {actions:?}");
    }
    Ok(())
}

#[test]
fn a_flow_between_local_sockets_is_demand_for_the_socket_of_each_participant() -> anyhow::Result<()> {
    let mut driver = boot(udp_driver())?;
    let [one, other, _] = locals();
    let flow = UdpPacket::flow(&one, &other);
    assert!(spawns(&driver.presence(&Role::publisher(flow.clone()))?), "the sender's");
    assert!(spawns(&driver.presence(&Role::subscriber(flow))?), "the receiver's");
    let [publisher, _] = participants(&one);
    let [_, subscriber] = participants(&other);
    assert!(driver.presence(&publisher)?.is_empty());
    assert!(driver.presence(&subscriber)?.is_empty());
    Ok(())
}

#[test]
fn an_observer_and_a_topic_without_a_local_socket_are_no_demand() -> anyhow::Result<()> {
    let mut driver = boot(udp_driver())?;
    let them = UdpAddress::remote("them", 80);
    let any_handle = topic!(UdpPacket { source: UdpAddress::Handle { id: _ }, .. });
    for role in [
        Role::publisher(UdpPacket::outbound(&them)),
        Role::subscriber(UdpPacket::inbound(&them)),
        Role::publisher(any_handle),
        participants(&locals()[0])[0].clone().with_interest(Interest::Observer),
        participants(&locals()[0])[1].clone().with_interest(Interest::Everything),
    ] {
        assert!(driver.presence(&role)?.is_empty(), "{role:?}");
    }
    Ok(())
}

#[test]
fn a_packet_that_is_sent_before_the_socket_is_bound_and_has_no_room_is_an_error() -> anyhow::Result<()> {
    let mut driver = boot(UdpDriver::new().queue_limit(1_000).spawn())?;
    let (us, them) = (UdpAddress::handle("us"), UdpAddress::remote("them", 80));
    let [publisher, _] = participants(&us);
    let _socket = driver.presence(&publisher)?;
    let _flow = Role::publisher(UdpPacket::flow(&us, &them));
    let packet = UdpPacket::new(&us, &them, vec![0; 600]);
    let actions = driver.message(packet.clone())?;
    assert!(actions.is_empty(), "{actions:?}");
    let actions = driver.message(packet)?;
    assert!(matches!(&actions[..], [Action::Local(NetworkAction::Send { .. })]), "{actions:?}");
    Ok(())
}

#[test]
fn no_socket_is_opened_after_the_program_stops_and_a_packet_is_an_error() -> anyhow::Result<()> {
    let mut driver = boot(udp_driver())?;
    assert!(driver.presence(&Role::publisher(topic!(Stopping { .. })))?.is_empty());
    let (us, them) = (UdpAddress::handle("us"), UdpAddress::remote("them", 80));
    let flow = Role::publisher(UdpPacket::flow(&us, &them));
    assert!(driver.presence(&flow)?.is_empty());
    let actions = driver.message(UdpPacket::new(&us, &them, "late"))?;
    assert!(matches!(&actions[..], [Action::Local(NetworkAction::Send { .. })]), "{actions:?}");
    assert!(driver.absence(&flow, &Reason::normal())?.is_empty());
    Ok(())
}
