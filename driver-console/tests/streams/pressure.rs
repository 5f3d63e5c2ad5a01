//! Back-pressure: how many bytes may be queued for an output.

use std::io::{Read, pipe};

use driver_console::{ConsoleDriver, InputBytes, OutputBytes, OutputReady, OutputStream, PauseInput};
use marketplace_core::{Ground, Spawn, topic};
use marketplace_testing::TestProgram;

use crate::support::{pass_time, program, reading, writing};

const STDOUT: OutputStream = OutputStream::Stdout;

/// More bytes than a pipe holds.
const PIECE: usize = 1 << 20;

fn piece() -> OutputBytes {
    OutputBytes::new(STDOUT, vec![b'x'; PIECE])
}

#[test]
fn ready_is_removed_above_the_high_water_mark_and_added_again_at_the_low_one() -> anyhow::Result<()> {
    let (mut reader, output) = pipe()?;
    let program = program(writing(output).high_water_mark(3 * PIECE).low_water_mark(PIECE))?;
    let mut ready = program.observe_publishers(topic!(OutputReady { stream: STDOUT }))?;
    ready.presence()?;
    for _ in 0..3 {
        program.send(piece())?;
    }
    pass_time(&program)?;
    ready.nothing()?;
    program.send(piece())?;
    assert!(ready.absence()?.as_error().is_none());
    let mut read = vec![0; PIECE];
    reader.read_exact(&mut read)?;
    reader.read_exact(&mut read)?;
    pass_time(&program)?;
    ready.nothing()?;
    reader.read_exact(&mut read)?;
    reader.read_exact(&mut read[..PIECE / 2])?;
    ready.presence()?;
    Ok(())
}

#[test]
fn above_the_hard_limit_the_output_fails_and_accepted_bytes_are_written() -> anyhow::Result<()> {
    let (mut reader, output) = pipe()?;
    let mut program = program(writing(output).hard_limit(3 * PIECE))?;
    let mut driver = program.publisher(OutputBytes::to(STDOUT))?;
    driver.presence()?;
    for _ in 0..3 {
        program.send(piece())?;
    }
    pass_time(&program)?;
    driver.nothing()?;
    program.send(piece())?;
    let reason = driver.absence()?;
    let limit = 3 * PIECE;
    let expected =
        format!("bytes dropped: the queue of standard output would exceed its limit of {limit} bytes");
    assert_eq!(reason.to_string(), expected);
    drop(driver);
    program.release();
    let mut read = Vec::new();
    let reading = std::thread::spawn(move || reader.read_to_end(&mut read));
    program.outcome()?;
    drop(program);
    let length = reading.join().map_err(|_| anyhow::anyhow!("reading panicked"))??;
    assert_eq!(length, limit);
    Ok(())
}

/// Copies the input to the output, as fast as the output is read.
fn copier() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.subscriber(topic!(InputBytes { .. }))
            .on_message(|(), cx, piece| cx.send(OutputBytes::new(STDOUT, piece.bytes.clone())))
            .on_absence(|(), cx, _, reason| cx.quit_because(reason.clone()));
        cx.observe_publishers(topic!(OutputReady { stream: STDOUT }))
            .on_presence(|(), cx, _| cx.delete("pause"))
            .on_absence(|(), cx, _, _| {
                cx.publisher(topic!(PauseInput)).named("pause");
            });
    })
}

#[test]
fn a_process_that_pauses_the_input_while_the_output_is_full_needs_bounded_memory() -> anyhow::Result<()> {
    const LENGTH: u64 = 100 << 20;
    let (mut reader, output) = pipe()?;
    let driver = reading(std::io::repeat(b'x').take(LENGTH)).stdout(output).hard_limit(1 << 20);
    let program = TestProgram::run(Ground::new().spawn(driver.spawn()).main(copier()))?;
    let mut read = vec![0; 1 << 20];
    for _ in 0..100 {
        reader.read_exact(&mut read)?;
    }
    program.outcome()
}

#[test]
fn marks_in_the_wrong_order_do_no_harm() -> anyhow::Result<()> {
    let (mut reader, output) = pipe()?;
    let driver: ConsoleDriver = writing(output).high_water_mark(0).low_water_mark(PIECE);
    let program = program(driver)?;
    let mut ready = program.observe_publishers(topic!(OutputReady { stream: STDOUT }))?;
    ready.presence()?;
    for _ in 0..3 {
        program.send(piece())?;
        ready.absence()?;
        reader.read_exact(&mut vec![0; PIECE])?;
        ready.presence()?;
    }
    Ok(())
}
