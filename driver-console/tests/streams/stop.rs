//! The end of the program: accepted output is written, and input that was read is delivered.

use std::io::{Read, pipe};
use std::time::Duration;

use driver_console::{InputLine, OutputBytes, OutputStream, PauseInput};
use marketplace_core::{Ground, Reason, Spawn, Stopping, topic};
use marketplace_testing::TestProgram;

use crate::support::{counted, driver_of, pass_time, program, reading, rest, writing};

const STDOUT: OutputStream = OutputStream::Stdout;

const PIECE: usize = 64 << 10;

/// A process that sends some megabytes and quits at once.
fn talker(reason: Reason) -> Spawn {
    Spawn::new((), move |(), cx| {
        for _ in 0..128 {
            cx.send(OutputBytes::new(STDOUT, vec![b'x'; PIECE]));
        }
        cx.quit_because(reason);
    })
}

#[test]
fn megabytes_into_a_slow_pipe_arrive_after_the_main_process_has_gone() -> anyhow::Result<()> {
    for reason in [Reason::normal(), Reason::error(anyhow::anyhow!("done"))] {
        let (mut reader, output) = pipe()?;
        let fails = reason.as_error().is_some();
        let ground = Ground::new().spawn(writing(output).spawn()).main(talker(reason));
        let program = TestProgram::run(ground)?;
        for left in (0..128).rev() {
            // A pipe holds far less than is left, so the program is still running.
            assert!(left < 64 || !program.has_ended());
            reader.read_exact(&mut vec![0; PIECE])?;
        }
        assert_eq!(program.outcome().is_err(), fails);
        drop(program);
        assert_eq!(reader.read(&mut [0])?, 0, "more than was sent");
    }
    Ok(())
}

#[test]
fn a_reader_that_does_not_read_delays_the_end_until_the_deadline() -> anyhow::Result<()> {
    let (_reader, output) = pipe()?;
    let ground = Ground::new().spawn(writing(output).spawn()).main(talker(Reason::normal()));
    let program = TestProgram::run(ground)?;
    pass_time(&program)?;
    assert!(!program.has_ended());
    program.ask_to_stop_within(Duration::from_millis(50))?;
    program.outcome()
}

#[test]
fn a_silent_input_does_not_delay_the_end() -> anyhow::Result<()> {
    let (input, _writer) = pipe()?;
    let program = program(reading(input))?;
    let mut lines = program.subscriber(topic!(InputLine { .. }))?;
    lines.presence()?;
    program.ask_to_stop()?;
    assert!(lines.absence()?.as_error().is_none());
    drop(lines);
    program.outcome()
}

#[test]
fn a_stop_delivers_what_was_read_and_then_removes_the_publisher_of_the_input() -> anyhow::Result<()> {
    let program = program(driver_of(counted(1_000) + "no line yet"))?;
    let pause = program.publisher(topic!(PauseInput))?;
    let mut lines = program.subscriber(topic!(InputLine { .. }))?;
    lines.presence()?;
    drop(pause);
    lines.message()?;
    program.ask_to_stop()?;
    let (told, reason) = rest(&mut lines)?;
    assert_eq!(told.last().map(|line| line.number), Some(1_000));
    assert!(reason.as_error().is_none());
    drop(lines);
    program.outcome()
}

#[test]
fn the_input_of_a_program_that_stops_is_not_published() -> anyhow::Result<()> {
    let (reader, output) = pipe()?;
    let program = program(driver_of(counted(10)).stdout(output))?;
    let mut stops = program.observe_publishers(topic!(Stopping { .. }))?;
    // More than the pipe holds, so that the program goes on.
    program.send(OutputBytes::new(STDOUT, vec![b'x'; 1 << 20]))?;
    program.ask_to_stop()?;
    stops.presence()?;
    let mut lines = program.subscriber(topic!(InputLine { .. }))?;
    pass_time(&program)?;
    lines.nothing()?;
    drop(reader);
    program.outcome()
}
