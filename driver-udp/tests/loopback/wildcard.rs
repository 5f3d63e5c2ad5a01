//! Sockets bound to all addresses: an answer is sent from the address that received the question.

#![cfg(target_os = "linux")]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use driver_udp::{UdpAddress, UdpDriver, UdpPacket};
use marketplace_core::Spawn;
use socket2::SockRef;

use crate::support::{Program, Remote, driver, next_error};

/// An address from which the system would not answer a client on 127.0.0.1.
const SECOND: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const THIRD: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);

/// The two ways to bind a socket to all addresses of IPv4.
const WILDCARDS: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)];

fn bound_to(ip: IpAddr) -> anyhow::Result<Program> {
    Program::with(UdpDriver::new().bind_address(ip))
}

/// A client on the loopback address of a family, which receives packets from `server` only.
fn client(server: SocketAddr) -> anyhow::Result<Remote> {
    let ip = if server.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { IpAddr::from(Ipv6Addr::LOCALHOST) };
    let client = Remote::bind_to(ip)?;
    client.socket().connect(server)?;
    Ok(client)
}

#[test]
fn a_client_that_receives_only_from_the_address_it_asked_gets_an_answer() -> anyhow::Result<()> {
    let asked = [
        (WILDCARDS[0], IpAddr::V4(SECOND)),
        (WILDCARDS[1], IpAddr::V4(SECOND)),
        (WILDCARDS[1], IpAddr::V6(Ipv6Addr::LOCALHOST)),
    ];
    for (wildcard, ip) in asked {
        let program = bound_to(wildcard)?;
        let us = UdpAddress::listener(0);
        let (mut inbox, address) = program.bound_inbox(&us)?;
        let server = SocketAddr::new(ip, address.port());
        let client = client(server)?;
        for _ in 0..2 {
            client.socket().send(b"question")?;
            let question = inbox.message()?;
            assert_eq!(*question, UdpPacket::new(&client.address()?, &us, "question"));
            program.send(question.reply("answer"))?;
            assert_eq!(client.receive()?, (b"answer".into(), server), "bound to {wildcard}");
        }
    }
    Ok(())
}

#[test]
fn a_handle_also_answers_from_the_address_that_was_asked() -> anyhow::Result<()> {
    let program = bound_to(WILDCARDS[1])?;
    let us = UdpAddress::handle("us");
    let (mut inbox, address) = program.bound_inbox(&us)?;
    let client = client((SECOND, address.port()).into())?;
    client.socket().send(b"question")?;
    let question = inbox.message()?;
    program.send(question.reply("answer"))?;
    assert_eq!(client.receive()?.0, b"answer");
    Ok(())
}

#[test]
fn a_process_for_each_remote_socket_answers_from_the_address_that_was_asked() -> anyhow::Result<()> {
    /// A session that knows only the two ends of its conversation.
    fn session(us: UdpAddress, them: UdpAddress) -> Spawn {
        Spawn::new((), move |(), cx| {
            cx.publisher(UdpPacket::flow(&us, &them));
            cx.subscriber(UdpPacket::flow(&them, &us)).on_message({
                let (us, them) = (us.clone(), them.clone());
                move |(), cx, packet| cx.send(UdpPacket::new(&us, &them, packet.body.clone()))
            });
            cx.send(UdpPacket::new(&us, &them, "welcome"));
        })
    }
    let program = bound_to(WILDCARDS[1])?;
    let us = UdpAddress::listener(0);
    let listener = us.clone();
    program.spawn(Spawn::new((), move |(), cx| {
        cx.subscriber(UdpPacket::inbound(&listener)).on_message(|(), cx, packet| {
            if packet.body == "hello" {
                cx.spawn(session(packet.destination.clone(), packet.source.clone()));
            }
        });
    }))?;
    let port = program.bound(&us)?.port();
    for ip in [SECOND, THIRD] {
        let client = client((ip, port).into())?;
        client.socket().send(b"hello")?;
        assert_eq!(client.receive()?.0, b"welcome");
        client.socket().send(b"and then")?;
        assert_eq!(client.receive()?.0, b"and then");
    }
    Ok(())
}

#[test]
fn one_remote_socket_that_asks_at_two_addresses_is_answered_from_each() -> anyhow::Result<()> {
    for wildcard in WILDCARDS {
        let program = bound_to(wildcard)?;
        let us = UdpAddress::listener(0);
        let (mut inbox, address) = program.bound_inbox(&us)?;
        let remote = Remote::bind()?;
        let servers = [SECOND, THIRD].map(|ip| SocketAddr::from((ip, address.port())));
        for server in servers {
            remote.send(b"question", server)?;
        }
        let questions = [inbox.message()?, inbox.message()?];
        assert_eq!(questions[0], questions[1], "the address of this machine must not affect equality");
        for question in &questions {
            program.send(question.reply("answer"))?;
        }
        for server in servers {
            assert_eq!(remote.receive()?, (b"answer".into(), server), "bound to {wildcard}");
        }
    }
    Ok(())
}

#[test]
fn a_packet_to_an_address_from_a_text_is_sent_from_the_address_that_the_system_picks() -> anyhow::Result<()> {
    let program = bound_to(WILDCARDS[1])?;
    let us = UdpAddress::listener(0);
    let (mut inbox, address) = program.bound_inbox(&us)?;
    let remote = Remote::bind()?;
    remote.send(b"question", (SECOND, address.port()).into())?;
    let UdpAddress::Remote { host, port } = inbox.message()?.source.clone() else {
        anyhow::bail!("not remote")
    };
    let them = UdpAddress::remote(host.to_string(), port);
    program.send(UdpPacket::new(&us, &them, "answer"))?;
    assert_eq!(remote.receive()?, (b"answer".into(), (Ipv4Addr::LOCALHOST, address.port()).into()));
    Ok(())
}

#[test]
fn a_multicast_or_broadcast_packet_is_answered_from_the_address_of_the_interface() -> anyhow::Result<()> {
    let group = Ipv4Addr::new(239, 255, 77, 3);
    for wildcard in WILDCARDS {
        let driver = UdpDriver::new().bind_address(wildcard).join_v4(group, Ipv4Addr::LOCALHOST);
        let program = Program::with(driver)?;
        let us = UdpAddress::listener(0);
        let (mut inbox, address) = program.bound_inbox(&us)?;
        let remote = Remote::bind()?;
        let socket = SockRef::from(remote.socket());
        socket.set_multicast_if_v4(&Ipv4Addr::LOCALHOST)?;
        socket.set_broadcast(true)?;
        for all in [group, Ipv4Addr::new(127, 255, 255, 255)] {
            remote.send(b"question", (all, address.port()).into())?;
            let question = inbox.message()?;
            program.send(question.reply("here"))?;
            let here = SocketAddr::from((Ipv4Addr::LOCALHOST, address.port()));
            assert_eq!(remote.receive()?, (b"here".into(), here), "asked at {all}, bound to {wildcard}");
        }
    }
    Ok(())
}

#[test]
fn a_socket_bound_to_one_address_sends_from_it_for_any_source() -> anyhow::Result<()> {
    let program = bound_to(WILDCARDS[0])?;
    let us = UdpAddress::listener(0);
    let (mut inbox, address) = program.bound_inbox(&us)?;
    let remote = Remote::bind()?;
    remote.send(b"question", (SECOND, address.port()).into())?;
    let them = inbox.message()?.source.clone();

    let another = Program::with(driver())?;
    let us = UdpAddress::handle("us");
    let (_inbox, address) = another.bound_inbox(&us)?;
    another.send(UdpPacket::new(&us, &them, "answer"))?;
    assert_eq!(remote.receive()?, (b"answer".into(), address));
    Ok(())
}

#[test]
fn a_refused_answer_is_an_error_that_names_the_client() -> anyhow::Result<()> {
    for wildcard in WILDCARDS {
        let program = bound_to(wildcard)?;
        let mut errors = program.errors()?;
        let us = UdpAddress::listener(0);
        let (mut inbox, address) = program.bound_inbox(&us)?;
        let remote = Remote::bind()?;
        let them = remote.address()?;
        remote.send(b"question", (SECOND, address.port()).into())?;
        let question = inbox.message()?;
        drop(remote);
        program.send(question.reply("too late"))?;
        let (local, to, _) = next_error(&mut errors)?;
        assert_eq!((local, to), (us, Some(them)));
    }
    Ok(())
}
