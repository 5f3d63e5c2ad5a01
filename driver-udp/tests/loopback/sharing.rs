//! A port that several grounds share.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};

use driver_udp::{UdpAddress, UdpDriver, UdpPacket};
use marketplace_core::Spawn;
use marketplace_testing::ReasonKind;

use crate::support::{Program, Remote, driver, next_error};

/// So many that each of two grounds gets some. One ground gets all of them once in 2^63 runs.
const MANY: usize = 64;

/// A ground that answers each packet with a letter, and its address.
fn answerer(letter: u8, driver: UdpDriver, port: u16) -> anyhow::Result<(Program, SocketAddr)> {
    let program = Program::with(driver)?;
    let us = UdpAddress::listener(port);
    program.spawn(answer(letter, us.clone()))?;
    let address = program.bound(&us)?;
    Ok((program, address))
}

fn answer(letter: u8, us: UdpAddress) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.publisher(UdpPacket::outbound(&us));
        cx.subscriber(UdpPacket::inbound(&us))
            .on_message(move |(), cx, packet| cx.send(packet.reply(vec![letter])));
    })
}

/// Sends a packet, and returns the letter in the answer.
fn ask(remote: &Remote, address: SocketAddr) -> anyhow::Result<u8> {
    remote.send(b"who?", address)?;
    let (body, from) = remote.receive()?;
    assert_eq!(from, address);
    Ok(body[0])
}

/// Sends packets from many sockets, and returns the letters in the answers.
fn letters(address: SocketAddr) -> anyhow::Result<String> {
    let answers = (0..MANY).map(|_| ask(&Remote::bind()?, address));
    let letters = answers.collect::<anyhow::Result<BTreeSet<u8>>>()?;
    Ok(letters.into_iter().map(char::from).collect())
}

/// The reason why a driver cannot bind a port.
fn refusal(driver: UdpDriver, port: u16) -> anyhow::Result<ReasonKind> {
    let program = Program::with(driver)?;
    let mut errors = program.errors()?;
    let _demand = program.inbox(&UdpAddress::listener(port))?;
    Ok(next_error(&mut errors)?.2)
}

#[cfg(target_os = "linux")]
#[test]
fn grounds_of_one_builder_share_the_port_that_the_kernel_picks_and_each_gets_packets() -> anyhow::Result<()> {
    let driver = driver().share_port(true);
    let (_a, address) = answerer(b'a', driver.clone(), 0)?;
    let (_b, same) = answerer(b'b', driver, 0)?;
    assert_eq!(same, address);
    assert_eq!(letters(address)?, "ab");
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn drivers_of_builders_of_their_own_share_a_port_that_is_given() -> anyhow::Result<()> {
    let (_a, address) = answerer(b'a', driver().share_port(true), 0)?;
    let (_b, same) = answerer(b'b', driver().share_port(true), address.port())?;
    assert_eq!(same, address);
    assert_eq!(letters(address)?, "ab");
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn all_packets_from_one_socket_are_given_to_one_ground() -> anyhow::Result<()> {
    let driver = driver().share_port(true);
    let (_a, address) = answerer(b'a', driver.clone(), 0)?;
    let (_b, _) = answerer(b'b', driver, 0)?;
    for _ in 0..10 {
        let remote = Remote::bind()?;
        let first = ask(&remote, address)?;
        for _ in 0..10 {
            assert_eq!(ask(&remote, address)?, first);
        }
    }
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn when_one_ground_ends_the_other_gets_all_packets() -> anyhow::Result<()> {
    let driver = driver().share_port(true);
    let (a, address) = answerer(b'a', driver.clone(), 0)?;
    let (_b, _) = answerer(b'b', driver.clone(), 0)?;
    drop(a);
    assert_eq!(letters(address)?, "b");
    // The other drivers still use the port.
    let (_c, same) = answerer(b'c', driver, 0)?;
    assert_eq!(same, address);
    assert_eq!(letters(address)?, "bc");
    Ok(())
}

#[test]
fn after_the_last_driver_has_released_the_shared_port_the_kernel_picks_again() -> anyhow::Result<()> {
    let driver = driver().share_port(true);
    let (former, address) = answerer(b'a', driver.clone(), 0)?;
    drop(former);
    // In use by this socket, or by another one that was faster.
    let _kept = UdpSocket::bind((Ipv4Addr::LOCALHOST, address.port()));
    let (_next, other) = answerer(b'b', driver, 0)?;
    assert_ne!(other, address);
    Ok(())
}

#[test]
fn a_driver_without_the_option_shares_no_port() -> anyhow::Result<()> {
    let (_alone, address) = answerer(b'a', driver(), 0)?;
    let (_sharing, shared) = answerer(b'b', driver().share_port(true), 0)?;
    let in_use = ReasonKind::Io(ErrorKind::AddrInUse);
    assert_eq!(refusal(driver(), shared.port())?, in_use);
    assert_eq!(refusal(driver().share_port(true), address.port())?, in_use);
    // The option is set and reset.
    assert_eq!(refusal(driver().share_port(true).share_port(false), shared.port())?, in_use);
    Ok(())
}

#[test]
fn handles_have_ports_of_their_own() -> anyhow::Result<()> {
    let driver = driver().share_port(true);
    let (one, other) = (Program::with(driver.clone())?, Program::with(driver)?);
    let us = UdpAddress::handle("us");
    let (_one, at_one) = one.bound_inbox(&us)?;
    let (_other, at_other) = other.bound_inbox(&us)?;
    assert_ne!(at_one, at_other);
    Ok(())
}
