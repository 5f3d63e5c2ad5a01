//! The demand for the input: when it is read, and in which form it is delivered.

use std::fs::{self, File, OpenOptions};
use std::io::{Cursor, Write, pipe};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context as _;
use driver_console::{InputBytes, InputLine, PauseInput};
use marketplace_core::topic;
use marketplace_testing::TestProgram;

use crate::support::{Counted, counted, driver_of, numbered, pass_time, program, reading, rest};

/// A program with an input that counts its reads.
fn counting(input: String) -> anyhow::Result<(TestProgram, Arc<AtomicUsize>)> {
    let reads = Arc::new(AtomicUsize::new(0));
    let input = Counted { input: Cursor::new(input), reads: Arc::clone(&reads) };
    Ok((program(reading(input))?, reads))
}

#[test]
fn an_input_without_a_participant_is_not_read() -> anyhow::Result<()> {
    let (program, reads) = counting(counted(10))?;
    let _watching = program.observe_publishers(topic!(InputLine { .. }))?;
    pass_time(&program)?;
    assert_eq!(reads.load(Ordering::SeqCst), 0);
    let mut lines = program.subscriber(topic!(InputLine { .. }))?;
    assert_eq!(rest(&mut lines)?.0.len(), 10);
    assert_eq!(reads.load(Ordering::SeqCst), 2, "the second read is the end");
    Ok(())
}

#[test]
fn all_subscribers_receive_the_input() -> anyhow::Result<()> {
    let (input, mut writer) = pipe()?;
    let program = program(reading(input))?;
    let mut one = program.subscriber(topic!(InputLine { .. }))?;
    let mut other = program.subscriber(topic!(InputLine { .. }))?;
    writer.write_all(b"hello\n")?;
    drop(writer);
    let (told, _) = rest(&mut one)?;
    assert_eq!(told.len(), 1);
    assert_eq!(rest(&mut other)?.0, told);
    Ok(())
}

#[test]
fn nothing_is_read_before_earlier_input_is_delivered() -> anyhow::Result<()> {
    let input = "a line of twenty-two b\n".repeat(10_000);
    let (program, reads) = counting(input)?;
    let pause = program.publisher(topic!(PauseInput))?;
    let mut lines = program.subscriber(topic!(InputLine { .. }))?;
    lines.presence()?;
    pass_time(&program)?;
    assert_eq!(reads.load(Ordering::SeqCst), 0, "the input is paused");
    drop(pause);
    lines.message()?;
    let pause = program.publisher(topic!(PauseInput))?;
    // One message may be on its way.
    pass_time(&program)?;
    lines.rest();
    let before = reads.load(Ordering::SeqCst);
    pass_time(&program)?;
    lines.nothing()?;
    assert_eq!(reads.load(Ordering::SeqCst), before);
    drop(pause);
    rest(&mut lines)?;
    assert_eq!(reads.load(Ordering::SeqCst), 230_000_usize.div_ceil(64 * 1024) + 1);
    Ok(())
}

#[test]
fn the_end_is_reported_only_while_the_input_is_not_paused() -> anyhow::Result<()> {
    let program = program(driver_of("one"))?;
    let pause = program.publisher(topic!(PauseInput))?;
    let mut lines = program.subscriber(topic!(InputLine { .. }))?;
    lines.presence()?;
    pass_time(&program)?;
    lines.nothing()?;
    drop(pause);
    assert_eq!(rest(&mut lines)?.0, numbered(&["one"]));
    Ok(())
}

#[test]
fn a_subscriber_that_is_added_after_the_end_makes_the_driver_read_again() -> anyhow::Result<()> {
    let path = std::env::temp_dir().join(format!("driver-console-{}", std::process::id()));
    let _removed = Removed(path.clone());
    fs::write(&path, "one\n")?;
    let program = program(reading(File::open(&path)?))?;
    let mut lines = program.subscriber(topic!(InputLine { .. }))?;
    assert_eq!(rest(&mut lines)?.0.len(), 1);
    OpenOptions::new().append(true).open(&path)?.write_all(b"two\n")?;
    pass_time(&program)?;
    lines.nothing()?;
    let mut others = program.subscriber(topic!(InputLine { .. }))?;
    for lines in [&mut others, &mut lines] {
        let (told, _) = rest(lines)?;
        let told: Vec<_> = told.iter().map(|line| (line.number, line.text())).collect();
        assert_eq!(told, [(2, "two".into())]);
    }
    Ok(())
}

/// Removes a file when it is dropped.
struct Removed(std::path::PathBuf);

impl Drop for Removed {
    fn drop(&mut self) {
        let _gone = fs::remove_file(&self.0);
    }
}

#[test]
fn the_second_form_waits_until_the_first_has_no_subscriber() -> anyhow::Result<()> {
    let (input, mut writer) = pipe()?;
    let program = program(reading(input))?;
    let mut lines = program.subscriber(topic!(InputLine { .. }))?;
    lines.presence()?;
    let mut bytes = program.subscriber(topic!(InputBytes { .. }))?;
    writer.write_all(b"one\ntwo")?;
    assert_eq!(lines.message()?.bytes, "one");
    bytes.nothing()?;
    drop(lines);
    bytes.presence()?;
    assert_eq!(bytes.message()?.bytes, "two");
    Ok(())
}

#[test]
fn both_forms_see_the_end() -> anyhow::Result<()> {
    let program = program(driver_of("one\n"))?;
    let mut lines = program.subscriber(topic!(InputLine { .. }))?;
    let mut bytes = program.subscriber(topic!(InputBytes { .. }))?;
    assert_eq!(rest(&mut lines)?.0.len(), 1);
    assert_eq!(rest(&mut bytes)?.0.len(), 0);
    Ok(())
}

#[test]
fn bytes_begin_directly_after_the_line_at_which_a_process_deletes_its_subscriber() -> anyhow::Result<()> {
    let program = program(driver_of("header: 1\n\nbody\nbody"))?;
    let (sender, body) = std::sync::mpsc::channel();
    let _reader = program.process(move |cx| {
        cx.subscriber(topic!(InputLine { .. })).named("header").on_message(move |(), cx, line| {
            if line.bytes.is_empty() {
                cx.delete("header");
                let sender = sender.clone();
                cx.subscriber(topic!(InputBytes { .. }))
                    .on_message(move |(), _, piece| Ok(sender.send(piece.bytes.clone())?));
            }
        });
    })?;
    let body = body.recv_timeout(marketplace_testing::TIMEOUT).context("the body does not arrive")?;
    assert_eq!(body, "body\nbody");
    Ok(())
}
