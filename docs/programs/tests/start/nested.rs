//! `start/nested.md`

use std::net::{Ipv4Addr, SocketAddr};

use marketplace_testing::wait_until;

use crate::client::Client;
use crate::program::Program;
use crate::reserved_port::ReservedPort;

const NESTED: &str = env!("CARGO_BIN_EXE_chat-4-nested");

/// A program with two rooms that are open.
struct TwoRooms {
    program: Program,
    first: SocketAddr,
    second: SocketAddr,
    _ports: [ReservedPort; 2],
}

fn two_rooms() -> anyhow::Result<TwoRooms> {
    let ports = [ReservedPort::new()?, ReservedPort::new()?];
    let [first, second] = [0, 1].map(|room: usize| ports[room].number);
    let program = Program::start(NESTED, &[first, second])?;
    let mut listening = [program.address()?, program.address()?];
    listening.sort_by_key(|address| address.port() != first);
    let [first, second] = [first, second].map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    assert_eq!(listening, [first, second]);
    Ok(TwoRooms { program, first, second, _ports: ports })
}

#[test]
fn each_room_has_names_and_messages_of_its_own() -> anyhow::Result<()> {
    let rooms = two_rooms()?;
    let mut host = Client::connect_and_expect(rooms.first, &["You are user1."])?;
    let mut stranger = Client::connect_and_expect(rooms.second, &["You are user1."])?;
    let mut guest = Client::connect_and_expect(rooms.first, &["You are user2.", "user1 is here"])?;
    host.send("hello\n")?;
    guest.expect(&["user1: hello"])?;
    stranger.finish()?;
    assert_eq!(stranger.rest()?, "");
    guest.send("goodbye\n")?;
    host.expect(&["user2 is here", "user2: goodbye"])
}

#[test]
fn a_room_that_closes_takes_its_people_and_its_port_with_it() -> anyhow::Result<()> {
    let rooms = two_rooms()?;
    let mut host = Client::connect_and_expect(rooms.first, &["You are user1."])?;
    let mut guest = Client::connect_and_expect(rooms.first, &["You are user2.", "user1 is here"])?;
    let mut stranger = Client::connect_and_expect(rooms.second, &["You are user1."])?;
    guest.send("/close\n")?;
    assert_eq!((&*guest.rest()?, &*host.rest()?), ("", "user2 is here\n"));
    wait_until(|| Ok(Client::connect(rooms.first).is_err()))?;
    let _other = Client::connect_and_expect(rooms.second, &["You are user2.", "user1 is here"])?;
    stranger.expect(&["user2 is here"])
}

#[test]
fn the_program_ends_when_the_last_room_has_closed() -> anyhow::Result<()> {
    let rooms = two_rooms()?;
    for room in [rooms.first, rooms.second] {
        let mut guest = Client::connect_and_expect(room, &["You are user1."])?;
        guest.send("/close\n")?;
        assert_eq!(guest.rest()?, "");
    }
    let finished = rooms.program.finish()?;
    assert_eq!((finished.is_success, &*finished.errors), (true, ""));
    Ok(())
}

#[test]
fn a_program_without_ports_says_what_it_needs() -> anyhow::Result<()> {
    let finished = Program::start(NESTED, &[])?.finish()?;
    assert!(!finished.is_success);
    assert!(finished.errors.contains("name the ports"), "{finished:?}");
    Ok(())
}
