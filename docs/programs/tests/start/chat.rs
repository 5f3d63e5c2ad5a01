//! `start/chat.md`

use std::io;
use std::net::SocketAddr;

use rustix::io::Errno;

use crate::client::Client;
use crate::program::Program;

const EVERYBODY: &str = env!("CARGO_BIN_EXE_chat-1-everybody");
const NAMES: &str = env!("CARGO_BIN_EXE_chat-2-names");
const PRESENCE: &str = env!("CARGO_BIN_EXE_chat-3-presence");

#[test]
fn step_1_everybody_receives_what_somebody_says() -> anyhow::Result<()> {
    let (_program, address) = Program::serve(EVERYBODY)?;
    let mut first = Client::connect(address)?;
    first.send("is anybody here?\n")?;
    first.expect(&["is anybody here?"])?;
    let mut second = Client::connect(address)?;
    second.send("hello\n")?;
    for client in [&mut first, &mut second] {
        client.expect(&["hello"])?;
    }
    drop(first);
    second.send("goodbye\n")?;
    second.expect(&["goodbye"])
}

#[test]
fn step_2_people_have_names_and_receive_what_the_others_say() -> anyhow::Result<()> {
    let (_program, address) = Program::serve(NAMES)?;
    let mut first = Client::connect_and_expect(address, &["You are user1."])?;
    let mut second = Client::connect_and_expect(address, &["You are user2."])?;
    first.send("hel")?;
    second.send("what?\n")?;
    first.expect(&["user2: what?"])?;
    first.send("lo\r\nis anybody here?\n")?;
    second.expect(&["user1: hello", "user1: is anybody here?"])
}

/// Two people in the room of step 3 who have been told of each other.
fn two_people(address: SocketAddr) -> anyhow::Result<[Client; 2]> {
    let mut first = Client::connect_and_expect(address, &["You are user1."])?;
    let second = Client::connect_and_expect(address, &["You are user2.", "user1 is here"])?;
    first.expect(&["user2 is here"])?;
    Ok([first, second])
}

#[test]
fn step_3_everybody_is_told_who_is_here_and_who_is_gone() -> anyhow::Result<()> {
    let (_program, address) = Program::serve(PRESENCE)?;
    let [mut first, second] = two_people(address)?;
    second.send("hello\n")?;
    drop(second);
    first.expect(&["user2: hello", "user2 is gone"])?;
    Client::connect_and_expect(address, &["You are user3.", "user1 is here"])?;
    first.expect(&["user3 is here", "user3 is gone"])
}

#[test]
fn step_3_the_reason_of_a_reset_reaches_the_others() -> anyhow::Result<()> {
    let (_program, address) = Program::serve(PRESENCE)?;
    let [mut first, second] = two_people(address)?;
    second.reset()?;
    first.expect(&[&format!("user2 is gone: {}", io::Error::from(Errno::CONNRESET))])
}

#[test]
fn step_3_a_line_that_is_too_long_ends_its_speaker_alone() -> anyhow::Result<()> {
    let (_program, address) = Program::serve(PRESENCE)?;
    let [mut first, mut second] = two_people(address)?;
    second.send(&"x".repeat(1001))?;
    first.expect(&["user2 is gone: a line of more than 1000 bytes"])?;
    assert_eq!(second.rest()?, "");
    Client::connect_and_expect(address, &["You are user3.", "user1 is here"])?;
    first.expect(&["user3 is here"])
}
