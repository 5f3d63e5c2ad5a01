//! Addresses of IPv4 and IPv6, and names that have several.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs as _};

use driver_tcp_bare::{TcpAddress, TcpChannel, TcpDriver};
use marketplace_core::topic;
use marketplace_testing::ReasonKind;
use socket2::{Domain, Socket, Type};

use crate::support::{
    Program, Remote, Seen, connect, echo_server_with, exchange, next_error, options, read_exact, write_all,
};

/// Not every machine has it; a test that needs it shows nothing there.
fn has_ipv6() -> bool {
    TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok()
}

#[test]
fn a_listener_takes_both_kinds_by_default_and_writes_their_addresses_as_one_does() -> anyhow::Result<()> {
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
    assert!(ipv4.is_err(), "an address that nobody asked for is listened on");
    Ok(())
}

#[test]
fn an_address_that_is_not_this_machines_is_an_error_and_not_replaced() -> anyhow::Result<()> {
    // Kept for documentation: no machine has it.
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
    session.is_up()?;
    session.send("hello")?;
    assert_eq!(session.receive(5)?, b"hello");
    Ok(())
}

/// Shows something where `localhost` has two addresses, as it mostly has.
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
        session.is_up()?;
        write_all(&peer, b"hello")?;
        assert_eq!(session.receive(5)?, b"hello");
        assert_eq!(session.inbound.rest(), Vec::<Seen>::new());
    }
    Ok(())
}
