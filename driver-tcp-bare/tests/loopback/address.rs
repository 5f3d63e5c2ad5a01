//! Addresses of IPv4 and IPv6, and names that have several.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs as _};

use driver_tcp_bare::{TcpAddress, TcpChannel, TcpDriver};
use marketplace_core::topic;
use marketplace_testing::ReasonKind;
use socket2::{Domain, Socket, Type};

use crate::support::{
    Program, Remote, SessionEvent, connect, echo_server_with, exchange, next_error, options, read_exact,
    write_all,
};

/// Not every machine has IPv6. A test that needs it shows nothing on other machines.
fn has_ipv6() -> bool {
    TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok()
}

#[test]
fn a_listener_accepts_both_families_by_default_and_reports_addresses_in_their_usual_form()
-> anyhow::Result<()> {
    let program = Program::with(TcpDriver::new())?;
    let listening = program.listening(&TcpAddress::listener(0))?;
    let port = listening.address.port();
    let mut addresses = vec![SocketAddr::from((Ipv4Addr::LOCALHOST, port))];
    if has_ipv6() {
        assert_eq!(listening.address.ip(), Ipv6Addr::UNSPECIFIED);
        addresses.push((Ipv6Addr::LOCALHOST, port).into());
    }
    for address in addresses {
        let client = connect(address)?;
        let session = listening.session()?;
        let host = address.ip().to_string();
        assert_eq!(session.them, TcpAddress::remote(host, client.local_addr()?.port()));
        write_all(&client, b"hello")?;
        assert_eq!(session.receive(5)?, b"hello");
        session.send("and you")?;
        assert_eq!(read_exact(&client, 7)?, b"and you");
    }
    Ok(())
}

#[test]
fn a_listener_can_be_bound_to_an_address_of_ipv6_alone() -> anyhow::Result<()> {
    if !has_ipv6() {
        return Ok(());
    }
    let (_program, address) = echo_server_with(TcpDriver::new().bind_address(Ipv6Addr::LOCALHOST))?;
    assert_eq!(address.ip(), Ipv6Addr::LOCALHOST);
    exchange(&connect(address)?, b"hello")?;
    let ipv4 = TcpStream::connect((Ipv4Addr::LOCALHOST, address.port()));
    assert!(ipv4.is_err(), "the driver listens on an address that was not requested");
    Ok(())
}

#[test]
fn an_address_of_another_machine_is_an_error_and_not_replaced() -> anyhow::Result<()> {
    // Reserved for documentation, so no machine has it.
    let program = Program::with(options().bind_address([192, 0, 2, 1]))?;
    let mut errors = program.errors()?;
    let us = TcpAddress::listener(0);
    let listener = us.clone();
    let _kept = program.process(move |cx| {
        cx.observe_publishers(topic!(TcpChannel { source: _, destination: listener, .. }));
    })?;
    let (local, remote, why) = next_error(&mut errors)?;
    assert_eq!((local, remote), (us, None));
    assert_eq!(why, ReasonKind::Io(ErrorKind::AddrNotAvailable));
    Ok(())
}

#[test]
fn a_remote_address_of_ipv6_is_connected_to() -> anyhow::Result<()> {
    if !has_ipv6() {
        return Ok(());
    }
    let (_echo, address) = echo_server_with(TcpDriver::new().bind_address(Ipv6Addr::LOCALHOST))?;
    let program = Program::start()?;
    let session = program.session(&TcpAddress::handle("IPv6"), &TcpAddress::remote("::1", address.port()))?;
    session.wait_until_open()?;
    session.send("hello")?;
    assert_eq!(session.receive(5)?, b"hello");
    Ok(())
}

/// This test is meaningful only if `localhost` has two addresses, as on most machines.
#[test]
fn the_addresses_of_a_name_are_tried_in_turn() -> anyhow::Result<()> {
    let mut addresses: Vec<_> = ("localhost", 0).to_socket_addrs()?.collect();
    addresses.dedup();
    for open in &addresses {
        let socket = Socket::new(Domain::for_address(*open), Type::STREAM, None)?;
        socket.bind(&(*open).into())?;
        socket.listen(1)?;
        let remote = Remote::on(socket)?;
        let program = Program::start()?;
        let them = TcpAddress::remote("localhost", remote.port()?);
        let session = program.session(&TcpAddress::handle("by name"), &them)?;
        let peer = remote.accept()?;
        session.wait_until_open()?;
        write_all(&peer, b"hello")?;
        assert_eq!(session.receive(5)?, b"hello");
        assert_eq!(session.inbound.rest(), Vec::<SessionEvent>::new());
    }
    Ok(())
}
