//! The driver with real files.

use std::fs;
use std::path::{Path, PathBuf};

use driver_journal::{Entry, JournalError, journal_driver};
use marketplace_core::{Ground, Spawn, Stopping, topic};
use marketplace_testing::{TestProgram, until};

/// An empty folder for a test of this name.
fn folder(test: &str) -> anyhow::Result<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn run(folder: &Path) -> anyhow::Result<TestProgram> {
    Ok(TestProgram::run(Ground::new().spawn(journal_driver(folder)))?)
}

#[test]
fn entries_are_appended_to_what_there_is_in_the_order_in_which_they_are_sent() -> anyhow::Result<()> {
    let folder = folder("appended")?;
    fs::write(folder.join("a"), "earlier\n")?;
    let program = run(&folder)?;
    let mut writer = program.publisher(Entry::of("a"))?;
    writer.presence()?;
    for text in ["one", "", "three"] {
        program.send(Entry::new("a", text))?;
    }
    program.stop()?;
    assert_eq!(fs::read_to_string(folder.join("a"))?, "earlier\none\n\nthree\n");
    Ok(())
}

#[test]
fn what_the_last_writer_sends_before_it_leaves_is_written() -> anyhow::Result<()> {
    let folder = folder("last")?;
    let program = run(&folder)?;
    for round in 1..=100 {
        let writer = program.process(|cx| {
            cx.publisher(Entry::of("a")).on_presence(|(), cx, _driver| {
                cx.send(Entry::new("a", "a line"));
                cx.quit();
            });
        })?;
        writer.ended()?;
        until(|| Ok(fs::read_to_string(folder.join("a"))? == "a line\n".repeat(round)))?;
    }
    Ok(())
}

#[test]
fn what_is_sent_at_the_word_of_a_stop_is_written() -> anyhow::Result<()> {
    let folder = folder("stop")?;
    let program = run(&folder)?;
    let mut writer = program.publisher(Entry::of("a"))?;
    writer.presence()?;
    program.spawn(Spawn::new((), |(), cx| {
        cx.observe_publishers(topic!(Stopping { .. })).on_presence(|(), cx, _| {
            cx.send(Entry::new("a", "the end"));
            cx.quit();
        });
    }))?;
    program.stop()?;
    assert_eq!(fs::read_to_string(folder.join("a"))?, "the end\n");
    Ok(())
}

#[test]
fn a_file_that_cannot_be_opened_is_told_and_tried_again_by_new_demand() -> anyhow::Result<()> {
    let folder = folder("missing")?;
    let program = run(&folder)?;
    let mut errors = program.subscriber(topic!(JournalError { .. }))?;
    let mut writer = program.publisher(Entry::of("below/a"))?;
    let error = errors.message()?;
    assert!(error.reason.to_string().contains("cannot open"), "{}", error.reason);
    writer.nothing()?;
    fs::create_dir(folder.join("below"))?;
    drop(writer);
    let mut writer = program.publisher(Entry::of("below/a"))?;
    writer.presence()?;
    errors.nothing()
}

#[test]
fn a_file_is_served_in_a_nested_vm() -> anyhow::Result<()> {
    let folder = folder("nested")?;
    let program = TestProgram::run(Ground::new())?;
    let inside = program.nested([])?.nested([journal_driver(&folder)])?;
    let mut writer = inside.publisher(Entry::of("a"))?;
    writer.presence()?;
    inside.process(|cx| cx.send(Entry::new("a", "from inside")))?;
    drop(writer);
    until(|| Ok(fs::read_to_string(folder.join("a"))? == "from inside\n"))
}

/// A device that is always full.
#[test]
#[cfg(target_os = "linux")]
fn a_file_that_cannot_be_written_is_told_and_withdrawn_with_the_reason() -> anyhow::Result<()> {
    let program = run(&folder("full")?)?;
    let mut errors = program.subscriber(topic!(JournalError { .. }))?;
    let mut writer = program.publisher(Entry::of("/dev/full"))?;
    writer.presence()?;
    program.send(Entry::new("/dev/full", "lost"))?;
    let told = errors.message()?.reason.to_string();
    assert!(told.contains("cannot write"), "{told}");
    assert_eq!(writer.absence()?.to_string(), told);
    Ok(())
}

/// A pipe takes no more than it has room for, until somebody reads.
#[cfg(unix)]
mod pipe {
    use std::fs::File;
    use std::io::Read as _;
    use std::process::Command;

    use anyhow::ensure;
    use driver_journal::JournalFull;

    use super::*;

    /// A driver that writes to a pipe, and the pipe's other end.
    fn piped(test: &str) -> anyhow::Result<(TestProgram, File)> {
        let folder = folder(test)?;
        let path = folder.join("pipe");
        ensure!(Command::new("mkfifo").arg(&path).status()?.success(), "no pipe");
        // Both ways, so that opening it waits for nobody.
        let reader = File::options().read(true).write(true).open(path)?;
        Ok((run(&folder)?, reader))
    }

    #[test]
    fn writers_are_told_to_wait_until_what_waits_has_been_written() -> anyhow::Result<()> {
        let (program, mut reader) = piped("pressure")?;
        let mut full = program.subscriber(topic!(JournalFull { file: "pipe".into() }))?;
        let mut writer = program.publisher(Entry::of("pipe"))?;
        writer.presence()?;
        let text = "x".repeat(512 * 1024);
        program.send(Entry::new("pipe", text.clone()))?;
        full.presence()?;
        let mut written = vec![0; text.len() + 1];
        reader.read_exact(&mut written)?;
        full.absence()?;
        assert_eq!(written, format!("{text}\n").into_bytes());
        Ok(())
    }

    #[test]
    fn an_entry_for_which_there_is_no_room_is_refused_and_the_others_are_written() -> anyhow::Result<()> {
        let (program, mut reader) = piped("refused")?;
        let mut errors = program.subscriber(topic!(JournalError { .. }))?;
        let mut writer = program.publisher(Entry::of("pipe"))?;
        writer.presence()?;
        let half = "x".repeat(512 * 1024);
        for text in [&half, &half, "short"] {
            program.send(Entry::new("pipe", text))?;
        }
        let refused = errors.message()?.reason.to_string();
        assert!(refused.contains("refused"), "{refused}");
        let mut written = vec![0; half.len() + 1 + "short\n".len()];
        reader.read_exact(&mut written)?;
        assert!(written.ends_with(b"x\nshort\n"));
        errors.nothing()
    }

    #[test]
    fn a_stop_waits_until_all_is_written() -> anyhow::Result<()> {
        let (program, mut reader) = piped("flushed")?;
        let mut writer = program.publisher(Entry::of("pipe"))?;
        writer.presence()?;
        let text = "x".repeat(512 * 1024);
        program.send(Entry::new("pipe", text.clone()))?;
        program.ask_to_stop()?;
        writer.absence()?;
        assert!(!program.has_ended(), "most of it waits");
        let mut written = vec![0; text.len() + 1];
        reader.read_exact(&mut written)?;
        program.outcome()
    }
}
