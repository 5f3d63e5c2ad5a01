//! `start/stop.md`

use rustix::process::Signal;

use crate::client::Client;
use crate::program::Program;

const STOP: &str = env!("CARGO_BIN_EXE_chat-5-stop");

#[test]
fn everybody_reads_the_last_words_and_the_program_ends_well() -> anyhow::Result<()> {
    for signal in [Signal::INT, Signal::TERM] {
        let (program, address) = Program::serve(STOP)?;
        let mut first = Client::connect_and_expect(address, &["You are user1."])?;
        let second = Client::connect_and_expect(address, &["You are user2.", "user1 is here"])?;
        first.expect(&["user2 is here"])?;
        program.signal(signal)?;
        for mut client in [first, second] {
            client.expect(&["The server stops. Goodbye!"])?;
            client.rest()?;
        }
        let finished = program.finish()?;
        assert_eq!((finished.is_success, &*finished.errors), (true, ""));
    }
    Ok(())
}
