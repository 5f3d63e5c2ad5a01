//! The spy: how it shows users' values, and where it writes.

use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::executor::block_on;
use marketplace_core::{Message, Spawn, Spy};
use tracing::Level;

use super::capture::Capture;
use super::page::{Full, Page};
use crate::support::{Say, ground, speaker};

/// A message whose `Debug` output is chosen by the test.
#[derive(Message)]
struct Odd(#[message(skip)] Arc<dyn Fn(&mut Formatter<'_>) -> fmt::Result + Send + Sync>);

impl Debug for Odd {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        (self.0)(f)
    }
}

/// The lines of a program that sends such a message, and then another one.
fn lines_with(
    show: impl Fn(&mut Formatter<'_>) -> fmt::Result + Send + Sync + 'static,
) -> anyhow::Result<Vec<String>> {
    let page = Page::default();
    let odd = Spawn::new((), |(), cx| {
        cx.send(Odd(Arc::new(show)));
        cx.send(Say(1, "hi"));
    });
    block_on(ground([odd.named("odd")]).with_trace(Spy::to(page.clone())).run())?;
    let lines = page.take()?;
    let sent = lines.lines().filter_map(|line| line.strip_prefix("odd Pid(1): sends as publisher: "));
    Ok(sent.map(str::to_owned).collect())
}

#[test]
fn s19_a_message_that_panics_as_it_is_shown_is_said_to_and_the_spy_goes_on() -> anyhow::Result<()> {
    let lines = lines_with(|f| {
        f.write_str("half")?;
        panic!("no more")
    })?;
    assert_eq!(lines, ["half (panicked while it was formatted)", "Say(1, \"hi\")"]);
    Ok(())
}

#[test]
fn s19_a_message_that_cannot_be_shown_is_said_to_and_the_spy_goes_on() -> anyhow::Result<()> {
    let lines = lines_with(|f| f.write_str("half").and(Err(fmt::Error)))?;
    assert_eq!(lines, ["half (cannot be formatted)", "Say(1, \"hi\")"]);
    Ok(())
}

#[test]
fn s19_a_long_message_is_cut_and_not_shown_to_its_end() -> anyhow::Result<()> {
    static SHOWN: AtomicUsize = AtomicUsize::new(0);
    let lines = lines_with(|f| {
        (0..1_000_000).try_for_each(|_| {
            SHOWN.fetch_add(1, Ordering::Relaxed);
            f.write_str("ä")
        })
    })?;
    let [long, next] = &lines[..] else { anyhow::bail!("{lines:?}") };
    assert!((900..1100).contains(&long.len()), "{} bytes", long.len());
    assert!(long.ends_with("ä…"));
    assert_eq!(next, "Say(1, \"hi\")");
    // Once for each line about the message.
    assert!(SHOWN.load(Ordering::Relaxed) < 2000, "{SHOWN:?}");
    Ok(())
}

#[test]
fn s19_a_message_of_several_lines_is_one_line() -> anyhow::Result<()> {
    let lines = lines_with(|f| f.write_str("one\ntwo\u{1b}[31m"))?;
    assert_eq!(lines, ["one\\ntwo\\u{1b}[31m", "Say(1, \"hi\")"]);
    Ok(())
}

#[test]
fn s19_a_writer_that_fails_is_told_of_once_and_ends_the_spy() -> anyhow::Result<()> {
    let (capture, page) = (Capture::new(Level::WARN), Page::default());
    let program = ground([speaker(1, ["a", "b", "c"])]).with_trace(Spy::to(Full(2, page.clone())));
    capture.during(|| block_on(program.run()))?;
    assert_eq!(page.take()?.lines().count(), 2);
    let told = capture.take().into_iter().filter(|line| line.contains("disk full")).collect::<Vec<_>>();
    assert_eq!(told, ["WARN: writing a trace failed, and nothing more is written error=disk full"]);
    Ok(())
}

#[test]
fn s19_a_spy_can_write_to_the_log() -> anyhow::Result<()> {
    let capture = Capture::new(Level::INFO);
    let program = ground([speaker(1, ["a"]).named("speaker")]).with_trace(Spy::to_log());
    capture.during(|| block_on(program.run()))?;
    let lines = capture.take();
    let expected = "INFO: speaker Pid(1): sends as publisher: Say(1, \"a\")";
    assert!(lines.iter().any(|line| line == expected), "{lines:?}");
    Ok(())
}
