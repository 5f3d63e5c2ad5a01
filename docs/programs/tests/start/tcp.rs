//! `start/tcp.md`

use std::io;

use rustix::io::Errno;

use crate::client::Client;
use crate::program::Program;

const ECHO: &str = env!("CARGO_BIN_EXE_echo");

#[test]
fn each_client_gets_its_own_bytes_back_and_then_the_end() -> anyhow::Result<()> {
    let (_program, address) = Program::serve(ECHO)?;
    let (mut first, mut second) = (Client::connect(address)?, Client::connect(address)?);
    first.send("hello\n")?;
    second.send("good evening\n")?;
    second.expect(&["good evening"])?;
    first.expect(&["hello"])?;
    first.finish()?;
    assert_eq!(first.rest()?, "");
    second.send("still here\n")?;
    second.expect(&["still here"])
}

#[test]
fn a_port_in_use_ends_the_program_with_the_reason() -> anyhow::Result<()> {
    let (_program, address) = Program::serve(ECHO)?;
    let second = Program::start(ECHO, &[address.port()])?.finish()?;
    assert!(!second.is_success);
    let reason = io::Error::from(Errno::ADDRINUSE).to_string();
    assert!(second.errors.contains(&reason), "{second:?}");
    Ok(())
}
