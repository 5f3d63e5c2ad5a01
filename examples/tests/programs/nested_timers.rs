//! `nested-timers`: a countdown and numbers, in VMs nested two levels deep.

use crate::support::{NESTED_TIMERS, Program, program};

#[test]
fn the_countdown_and_the_numbers_come_through_both_machines_and_then_the_program_ends() -> anyhow::Result<()>
{
    let finished = Program::start(&mut program(NESTED_TIMERS))?.finish()?;
    assert!(finished.status.success());
    // Their order relative to each other is not fixed.
    let (numbers, countdown): (Vec<&str>, Vec<&str>) =
        finished.output.lines().partition(|line| line.starts_with("number"));
    assert_eq!(numbers, ["number 1", "number 2", "number 3"]);
    assert_eq!(countdown, ["3 ...", "2 ...", "1 ...", "lift-off"]);
    assert_eq!(finished.errors, "");
    Ok(())
}
