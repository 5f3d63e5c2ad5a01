//! The driver's process without sockets: events in, actions out.

use anyhow::Context as _;
use driver_udp::{
    UdpAddress, UdpAddressPattern, UdpBound, UdpBoundPattern, UdpDriver, UdpError, UdpErrorPattern, UdpHost,
    UdpPacket, UdpPacketPattern, udp_driver,
};
use marketplace_core::{
    Action, Actions, Actor, AddEndpoint, AnyMessage, EndpointId, Event, Interest, NetworkAction, Pattern,
    Pid, Reason, Role, Spawn, Stopping, Token, topic,
};

/// The driver's actor, whose actions nobody performs.
struct Driver {
    actor: Box<dyn Actor>,
    actions: Actions,
    endpoints: Vec<AddEndpoint>,
}

impl Driver {
    fn boot() -> anyhow::Result<Self> {
        Self::boot_from(udp_driver())
    }

    fn boot_from(spawn: Spawn) -> anyhow::Result<Self> {
        let actor = spawn.into_actor();
        let mut driver = Self { actor, actions: Actions::new(false), endpoints: Vec::new() };
        for action in driver.tell(Event::Boot { pid: Pid::detached() })? {
            match action {
                Action::Local(NetworkAction::Add(add)) => driver.endpoints.push(add),
                action => anyhow::bail!("booting adds endpoints and does not {action:?}"),
            }
        }
        Ok(driver)
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

    /// What the driver asks for as a peer sends.
    fn send(&mut self, peer: &Role, packet: UdpPacket) -> anyhow::Result<Vec<Action>> {
        let takes = |own: &&AddEndpoint| {
            own.role.orientation == peer.orientation.opposite()
                && own.role.interest == Interest::Participant
                && own.role.topic.meet(&peer.topic).is_some()
        };
        let taker = self.endpoints.iter().find(takes).context("nobody takes it")?;
        self.tell(Event::Message { token: taker.token, message: &AnyMessage::new(packet) })
    }

    /// What the driver asks for as a peer comes.
    fn meets(&mut self, peer: &Role) -> anyhow::Result<Vec<Action>> {
        let mut asked = Vec::new();
        for token in self.tokens(peer) {
            asked.extend(self.tell(Event::Presence { token, peer: EndpointId(1), role: peer.clone() })?);
        }
        Ok(asked)
    }

    /// What the driver asks for as a peer goes.
    fn loses(&mut self, peer: &Role) -> anyhow::Result<Vec<Action>> {
        let mut asked = Vec::new();
        for token in self.tokens(peer) {
            let reason = Reason::normal();
            asked.extend(self.tell(Event::Absence {
                token,
                peer: EndpointId(1),
                role: peer.clone(),
                reason,
            })?);
        }
        Ok(asked)
    }
}

/// Whether the one thing asked for is a process.
fn spawns(asked: &[Action]) -> bool {
    matches!(asked, [Action::Local(NetworkAction::Spawn { .. })])
}

/// The two ways in which a process takes part in a local socket.
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
fn the_driver_itself_takes_part_in_what_goes_to_remote_sockets_and_in_nothing_else() -> anyhow::Result<()> {
    let visible = Driver::boot()?.endpoints.into_iter().map(|add| add.role);
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
            let mut driver = Driver::boot()?;
            let roles = participants(&us);
            let (one, other) = (&roles[first], &roles[1 - first]);
            let asked = driver.meets(one)?;
            assert!(spawns(&asked), "{asked:?}");
            assert!(driver.meets(other)?.is_empty());
            assert!(driver.meets(other)?.is_empty());
            assert!(driver.loses(one)?.is_empty());
            assert!(driver.loses(other)?.is_empty());
            assert!(driver.meets(one)?.is_empty(), "the old demand is still there");
            assert!(driver.loses(one)?.is_empty());
            assert!(driver.loses(other)?.is_empty());
            let asked = driver.meets(other)?;
            assert!(spawns(&asked), "new demand: {asked:?}");
        }
    }
    Ok(())
}

#[test]
fn each_local_address_has_a_socket_of_its_own() -> anyhow::Result<()> {
    let mut driver = Driver::boot()?;
    for us in locals() {
        let [publisher, _] = participants(&us);
        let asked = driver.meets(&publisher)?;
        assert!(spawns(&asked), "for {us}: {asked:?}");
    }
    Ok(())
}

#[test]
fn a_packet_between_local_sockets_is_demand_for_the_socket_of_each_who_takes_part() -> anyhow::Result<()> {
    let mut driver = Driver::boot()?;
    let [one, other, _] = locals();
    let flow = UdpPacket::flow(&one, &other);
    assert!(spawns(&driver.meets(&Role::publisher(flow.clone()))?), "the sender's");
    assert!(spawns(&driver.meets(&Role::subscriber(flow))?), "the receiver's");
    let [publisher, _] = participants(&one);
    let [_, subscriber] = participants(&other);
    assert!(driver.meets(&publisher)?.is_empty());
    assert!(driver.meets(&subscriber)?.is_empty());
    Ok(())
}

#[test]
fn who_watches_or_names_no_local_socket_is_no_demand() -> anyhow::Result<()> {
    let mut driver = Driver::boot()?;
    let them = UdpAddress::remote("them", 80);
    let any_handle = topic!(UdpPacket { source: UdpAddress::Handle { id: _ }, .. });
    for role in [
        Role::publisher(UdpPacket::outbound(&them)),
        Role::subscriber(UdpPacket::inbound(&them)),
        Role::publisher(any_handle),
        participants(&locals()[0])[0].clone().with_interest(Interest::Observer),
        participants(&locals()[0])[1].clone().with_interest(Interest::Everything),
    ] {
        assert!(driver.meets(&role)?.is_empty(), "{role:?}");
    }
    Ok(())
}

#[test]
fn an_early_packet_that_has_no_room_is_told_of() -> anyhow::Result<()> {
    let mut driver = Driver::boot_from(UdpDriver::new().queue_limit(1_000).spawn())?;
    let (us, them) = (UdpAddress::handle("us"), UdpAddress::remote("them", 80));
    let [publisher, _] = participants(&us);
    let _socket = driver.meets(&publisher)?;
    let flow = Role::publisher(UdpPacket::flow(&us, &them));
    let packet = UdpPacket::new(&us, &them, vec![0; 600]);
    let asked = driver.send(&flow, packet.clone())?;
    assert!(asked.is_empty(), "{asked:?}");
    let asked = driver.send(&flow, packet)?;
    assert!(matches!(&asked[..], [Action::Local(NetworkAction::Send { .. })]), "{asked:?}");
    Ok(())
}

#[test]
fn there_is_no_new_socket_once_the_program_stops_and_who_sends_is_told() -> anyhow::Result<()> {
    let mut driver = Driver::boot()?;
    assert!(driver.meets(&Role::publisher(topic!(Stopping { .. })))?.is_empty());
    let (us, them) = (UdpAddress::handle("us"), UdpAddress::remote("them", 80));
    let flow = Role::publisher(UdpPacket::flow(&us, &them));
    assert!(driver.meets(&flow)?.is_empty());
    let asked = driver.send(&flow, UdpPacket::new(&us, &them, "late"))?;
    assert!(matches!(&asked[..], [Action::Local(NetworkAction::Send { .. })]), "{asked:?}");
    assert!(driver.loses(&flow)?.is_empty());
    Ok(())
}
