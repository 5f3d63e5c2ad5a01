//! `start/hello.md`

use crate::program::Program;

#[test]
fn the_listener_prints_the_greeting_and_the_program_ends() -> anyhow::Result<()> {
    let finished = Program::start(env!("CARGO_BIN_EXE_hello-world"), &[])?.finish()?;
    assert_eq!(finished.output, "a publisher is present\nhello, world\nthe publisher is absent: normal\n");
    assert_eq!((finished.is_success, &*finished.errors), (true, ""));
    Ok(())
}
