//! Programs whose output is closed, as with `| head -1`.

use std::io::{BufRead as _, BufReader, pipe};
use std::process::{Command, Stdio};

use crate::support::{
    CHAT_SERVER, ECHO_SERVER, HELLO, NESTED_TIMERS, Program, TICKER, UDP_ECHO, WORD_COUNT, program, server,
};

/// A program whose output was never read.
fn start(command: &mut Command) -> anyhow::Result<Program> {
    let (_, output) = pipe()?;
    Program::start_with(command, Stdio::null(), output)
}

#[test]
fn a_program_that_prints_ends_quietly_when_its_output_is_closed() -> anyhow::Result<()> {
    for binary in [HELLO, NESTED_TIMERS, TICKER, WORD_COUNT] {
        let finished = start(&mut program(binary))?.finish()?;
        assert!(finished.status.success(), "{binary}");
        assert_eq!(finished.errors, "", "{binary}");
    }
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn a_program_that_cannot_print_for_another_reason_fails() -> anyhow::Result<()> {
    for binary in [HELLO, TICKER, WORD_COUNT] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full")?;
        let finished = Program::start_with(&mut program(binary), Stdio::null(), full)?.finish()?;
        assert_eq!(finished.status.code(), Some(1), "{binary}");
        assert!(finished.errors.contains("Error: cannot write standard output\n"), "{}", finished.errors);
    }
    Ok(())
}

#[test]
fn a_reader_may_leave_in_between() -> anyhow::Result<()> {
    let (read, output) = pipe()?;
    let ticker = Program::start_with(&mut program(TICKER), Stdio::null(), output)?;
    BufReader::new(read).read_line(&mut String::new())?;
    let finished = ticker.finish()?;
    assert!(finished.status.success());
    assert_eq!(finished.errors, "");
    Ok(())
}

#[test]
fn a_server_that_cannot_print_where_it_listens_fails_and_says_so() -> anyhow::Result<()> {
    for binary in [CHAT_SERVER, ECHO_SERVER, UDP_ECHO] {
        let finished = start(&mut server(binary))?.finish()?;
        assert_eq!(finished.status.code(), Some(1), "{binary}");
        assert!(finished.errors.contains("Error: cannot write standard output\n"), "{}", finished.errors);
        assert!(!finished.errors.contains("panic"), "{}", finished.errors);
    }
    Ok(())
}
