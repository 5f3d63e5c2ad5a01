//! The driver with real files.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use driver_journal::{Entry, JournalError, journal_driver};
use marketplace_core::{Ground, Reason, Stopping, topic};
use marketplace_testing::{TestProcess, TestProgram, TestVm, wait_until};

/// An empty folder for the test of this name.
fn folder(test: &str) -> anyhow::Result<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(env!("CARGO_PKG_NAME")).join(test);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn run(folder: &Path) -> anyhow::Result<TestProgram> {
    Ok(TestProgram::run(Ground::new().spawn(journal_driver(folder)))?)
}

/// Publishes entries for a file until the program stops.
fn writer(vm: &TestVm, file: &'static str) -> anyhow::Result<TestProcess> {
    vm.process(move |cx| {
        cx.publisher(Entry::of(file));
        cx.observe_publishers(topic!(Stopping { .. })).on_presence(|(), cx, _| cx.quit());
    })
}

/// The same, once the driver has opened the file.
fn ready_writer(vm: &TestVm, file: &'static str) -> anyhow::Result<TestProcess> {
    let mut drivers = vm.observe_subscribers(Entry::of(file))?;
    let writer = writer(vm, file)?;
    drivers.presence()?;
    Ok(writer)
}

#[test]
fn entries_are_appended_in_the_order_in_which_they_are_sent() -> anyhow::Result<()> {
    let folder = folder("appended")?;
    fs::write(folder.join("a"), "earlier\n")?;
    let program = run(&folder)?;
    let writer = ready_writer(&program, "a")?;
    for text in ["one", "", "three"] {
        writer.run(move |cx| cx.send(Entry::new("a", text)))?;
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
        wait_until(|| Ok(fs::read_to_string(folder.join("a"))? == "a line\n".repeat(round)))?;
    }
    Ok(())
}

#[test]
fn what_is_sent_in_response_to_a_stop_is_written() -> anyhow::Result<()> {
    let folder = folder("stop")?;
    let program = run(&folder)?;
    let mut drivers = program.observe_subscribers(Entry::of("a"))?;
    let _writer = program.process(|cx| {
        cx.publisher(Entry::of("a"));
        cx.observe_publishers(topic!(Stopping { .. })).on_presence(|(), cx, _| {
            cx.send(Entry::new("a", "the end"));
            cx.quit();
        });
    })?;
    drivers.presence()?;
    drop(drivers);
    program.stop()?;
    assert_eq!(fs::read_to_string(folder.join("a"))?, "the end\n");
    Ok(())
}

#[test]
fn what_was_accepted_is_written_even_if_the_driver_is_killed() -> anyhow::Result<()> {
    let folder = folder("killed")?;
    let program = run(&folder)?;
    let writer = ready_writer(&program, "a")?;
    let processes = program.snapshot()?.processes;
    let driver = processes.into_iter().find(|process| process.name.as_deref() == Some("journal driver"));
    let driver = driver.context("the driver is there")?.pid;
    writer.run(move |cx| {
        cx.send(Entry::new("a", "kept"));
        cx.kill(&driver, Reason::normal());
    })?;
    wait_until(|| Ok(fs::read_to_string(folder.join("a"))? == "kept\n"))
}

#[test]
fn a_file_that_cannot_be_opened_is_reported_and_tried_again_on_new_demand() -> anyhow::Result<()> {
    let folder = folder("missing")?;
    let program = run(&folder)?;
    let mut errors = program.subscriber(topic!(JournalError { .. }))?;
    let first = writer(&program, "below/a")?;
    let error = errors.message()?;
    assert!(error.reason.to_string().contains("cannot open"), "{}", error.reason);
    fs::create_dir(folder.join("below"))?;
    first.quit()?;
    let _second = ready_writer(&program, "below/a")?;
    errors.nothing()
}

#[test]
fn a_file_is_served_in_a_nested_vm() -> anyhow::Result<()> {
    let folder = folder("nested")?;
    let program = TestProgram::run(Ground::new())?;
    let inside = program.nested([])?.nested([journal_driver(&folder)])?;
    let writer = ready_writer(&inside, "a")?;
    writer.run(|cx| cx.send(Entry::new("a", "from inside")))?;
    writer.quit()?;
    wait_until(|| Ok(fs::read_to_string(folder.join("a"))? == "from inside\n"))
}

/// A device that is always full.
#[test]
#[cfg(target_os = "linux")]
fn a_file_that_cannot_be_written_is_reported_and_its_subscriber_is_removed_with_the_reason()
-> anyhow::Result<()> {
    let program = run(&folder("full")?)?;
    let mut errors = program.subscriber(topic!(JournalError { .. }))?;
    let mut drivers = program.observe_subscribers(Entry::of("/dev/full"))?;
    let writer = ready_writer(&program, "/dev/full")?;
    drivers.presence()?;
    writer.run(|cx| cx.send(Entry::new("/dev/full", "lost")))?;
    let reported = errors.message()?.reason.to_string();
    assert!(reported.contains("cannot write"), "{reported}");
    assert_eq!(drivers.absence()?.to_string(), reported);
    Ok(())
}

/// A pipe, which accepts a limited number of bytes until they are read.
#[cfg(unix)]
mod pipe {
    use std::fs::File;
    use std::io::Read as _;
    use std::process::Command;

    use anyhow::ensure;
    use driver_journal::JournalFull;

    use super::*;

    /// A driver that can write to a pipe, and the pipe's path.
    fn unread(test: &str) -> anyhow::Result<(TestProgram, PathBuf)> {
        let folder = folder(test)?;
        let path = folder.join("pipe");
        ensure!(Command::new("mkfifo").arg(&path).status()?.success(), "no pipe");
        Ok((run(&folder)?, path))
    }

    /// The same, with the other end of the pipe.
    fn piped(test: &str) -> anyhow::Result<(TestProgram, File)> {
        let (program, path) = unread(test)?;
        // Opening it for reading and writing does not block.
        Ok((program, File::options().read(true).write(true).open(path)?))
    }

    /// How many processes there are for the pipe.
    fn journals(program: &TestProgram) -> anyhow::Result<usize> {
        let processes = program.snapshot()?.processes;
        let names = processes.iter().filter_map(|process| process.name.as_deref());
        Ok(names.filter(|name| *name == "journal pipe").count())
    }

    #[test]
    fn a_file_that_is_still_being_opened_is_not_opened_twice() -> anyhow::Result<()> {
        // Opening the pipe blocks until there is a reader.
        let (program, path) = unread("opening")?;
        for _ in 0..10 {
            writer(&program, "pipe")?.quit()?;
            // There is none if the demand ended before the thread opened the pipe.
            let journals = journals(&program)?;
            ensure!(journals <= 1, "{journals} processes open the file");
        }
        let writer = writer(&program, "pipe")?;
        let mut drivers = program.observe_subscribers(Entry::of("pipe"))?;
        let mut reader = File::options().read(true).write(true).open(path)?;
        drivers.presence()?;
        writer.run(|cx| cx.send(Entry::new("pipe", "at last")))?;
        read(&mut reader, &Entry::new("pipe", "at last"))?;
        writer.quit()?;
        wait_until(|| Ok(journals(&program)? == 0))
    }

    /// An entry that is too long for the pipe.
    fn long_entry() -> Entry {
        Entry::new("pipe", "x".repeat(512 * 1024))
    }

    /// Reads one entry.
    fn read(reader: &mut File, entry: &Entry) -> anyhow::Result<()> {
        let mut written = vec![0; entry.text.len() + 1];
        reader.read_exact(&mut written)?;
        ensure!(written == format!("{}\n", entry.text).into_bytes(), "this is another entry");
        Ok(())
    }

    #[test]
    fn writers_see_that_the_file_is_full_until_it_has_been_written() -> anyhow::Result<()> {
        let (program, mut reader) = piped("pressure")?;
        let mut full = program.subscriber(topic!(JournalFull { file: "pipe".into() }))?;
        let writer = ready_writer(&program, "pipe")?;
        writer.run(|cx| cx.send(long_entry()))?;
        full.presence()?;
        read(&mut reader, &long_entry())?;
        full.absence()?;
        Ok(())
    }

    #[test]
    fn an_entry_above_the_limit_is_refused_and_the_others_are_written() -> anyhow::Result<()> {
        let (program, mut reader) = piped("refused")?;
        let mut errors = program.subscriber(topic!(JournalError { .. }))?;
        let writer = ready_writer(&program, "pipe")?;
        writer.run(|cx| {
            for entry in [long_entry(), long_entry(), Entry::new("pipe", "short")] {
                cx.send(entry);
            }
        })?;
        let refused = errors.message()?.reason.to_string();
        assert!(refused.contains("refused"), "{refused}");
        read(&mut reader, &long_entry())?;
        read(&mut reader, &Entry::new("pipe", "short"))?;
        errors.nothing()
    }

    #[test]
    fn a_stop_waits_until_everything_is_written() -> anyhow::Result<()> {
        let (program, mut reader) = piped("flushed")?;
        let writer = ready_writer(&program, "pipe")?;
        writer.run(|cx| cx.send(long_entry()))?;
        program.ask_to_stop()?;
        writer.ended()?;
        assert!(!program.has_ended(), "most of the entry is not written yet");
        read(&mut reader, &long_entry())?;
        program.outcome()
    }
}
