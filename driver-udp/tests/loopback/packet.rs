//! Sending and receiving packets of all sizes.

use driver_udp::{UdpAddress, UdpPacket};
use marketplace_testing::ReasonKind;

use crate::support::{Program, Remote, next_error};

/// The largest body of an IPv4 packet.
const LONGEST: usize = 65_507;

/// Bytes with a long period.
fn body(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at ^ (at >> 8)).to_le_bytes()[0]).collect()
}

#[test]
fn packets_of_all_sizes_are_sent_and_received_unchanged() -> anyhow::Result<()> {
    let program = Program::start()?;
    let remote = Remote::bind()?;
    let (us, them) = (UdpAddress::handle("us"), remote.address()?);
    let (mut inbox, address) = program.bound_inbox(&us)?;
    for length in [0, 1, 1_472, 1_473, 65_506, LONGEST] {
        program.send(UdpPacket::new(&us, &them, body(length)))?;
        let (received, from) = remote.receive()?;
        assert!(received == body(length), "{} bytes instead of {length}", received.len());
        assert_eq!(from, address);

        remote.send(&received, address)?;
        let packet = inbox.message()?;
        assert_eq!((&packet.source, &packet.destination), (&them, &us));
        assert!(packet.body == received, "{} bytes instead of {length}", packet.body.len());
    }
    Ok(())
}

#[test]
fn a_packet_that_is_too_long_is_an_error_and_the_next_one_is_sent() -> anyhow::Result<()> {
    let program = Program::start()?;
    let mut errors = program.errors()?;
    let remote = Remote::bind()?;
    let (us, them) = (UdpAddress::handle("us"), remote.address()?);
    let _demand = program.publisher(&us)?;
    program.send(UdpPacket::new(&us, &them, body(LONGEST + 1)))?;
    program.send(UdpPacket::new(&us, &them, "after it"))?;
    let (local, to, why) = next_error(&mut errors)?;
    assert_eq!((local, to), (us, Some(them)));
    assert!(matches!(why, ReasonKind::Io(_)), "{why:?}");
    assert_eq!(remote.receive()?.0, b"after it");
    errors.nothing()?;
    Ok(())
}

#[test]
fn a_reply_goes_back_to_where_the_packet_came_from() -> anyhow::Result<()> {
    let program = Program::start()?;
    let us = UdpAddress::listener(0);
    let (mut inbox, address) = program.bound_inbox(&us)?;
    let remotes = [Remote::bind()?, Remote::bind()?];
    for remote in &remotes {
        remote.send(b"question", address)?;
        let question = inbox.message()?;
        program.send(question.reply("answer"))?;
        assert_eq!(remote.receive()?, (b"answer".into(), address));
    }
    Ok(())
}
