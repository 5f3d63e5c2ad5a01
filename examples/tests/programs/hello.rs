//! `hello`.

use crate::support::{HELLO, Program, program};

#[test]
fn hello_greets_and_ends() -> anyhow::Result<()> {
    let finished = Program::start(&mut program(HELLO))?.finish()?;
    assert!(finished.status.success());
    assert_eq!((&*finished.output, &*finished.errors), ("hello, world\n", ""));
    Ok(())
}
