//! The size of a terminal, here a pseudo-terminal.

use std::fs::File;
use std::os::fd::OwnedFd;

use driver_console::{TerminalSize, TerminalSizePattern};
use marketplace_core::{Pattern as _, topic};
use marketplace_testing::{InboxEvent, TestProgram};
use rustix::process::{Signal, getpid, kill_process};
use rustix::pty::{OpenptFlags, openpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::support::{pass_time, program, writing};

/// A pseudo-terminal, and a program that uses it as its terminal.
struct Terminal {
    terminal: OwnedFd,
    program: TestProgram,
}

impl Terminal {
    fn new(columns: u16, rows: u16) -> anyhow::Result<Self> {
        let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
        resize(&terminal, columns, rows)?;
        let program = program(writing(std::io::sink()).terminal(terminal.try_clone()?))?;
        Ok(Self { terminal, program })
    }

    /// Does what the system does when a window is resized.
    fn resize(&self, columns: u16, rows: u16) -> anyhow::Result<()> {
        resize(&self.terminal, columns, rows)?;
        Ok(kill_process(getpid(), Signal::WINCH)?)
    }
}

fn resize(terminal: &OwnedFd, columns: u16, rows: u16) -> anyhow::Result<()> {
    Ok(tcsetwinsize(terminal, Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 })?)
}

fn size(conversation: &TerminalSizePattern) -> Option<(u16, u16)> {
    conversation.value().map(|TerminalSize { columns, rows }| (columns, rows))
}

#[test]
fn a_subscriber_sees_the_size_and_each_change() -> anyhow::Result<()> {
    let terminal = Terminal::new(80, 24)?;
    let mut sizes = terminal.program.subscriber(topic!(TerminalSize { .. }))?;
    assert_eq!(size(&sizes.presence()?), Some((80, 24)));
    let mut last = (80, 24);
    for next in [(100, 30), (1, 1), (80, 24)] {
        terminal.resize(next.0, next.1)?;
        assert_eq!(size(&sizes.presence()?), Some(next));
        match sizes.recv()? {
            InboxEvent::Absence { conversation, .. } => assert_eq!(size(&conversation), Some(last)),
            seen => panic!("{seen:?}"),
        }
        last = next;
    }
    Ok(())
}

#[test]
fn a_later_subscriber_makes_the_driver_notice_an_earlier_change() -> anyhow::Result<()> {
    let terminal = Terminal::new(80, 24)?;
    let mut watching = terminal.program.observe_publishers(topic!(TerminalSize { .. }))?;
    assert_eq!(size(&watching.presence()?), Some((80, 24)));
    terminal.resize(100, 30)?;
    // An observer is no demand.
    pass_time(&terminal.program)?;
    watching.nothing()?;
    let _following = terminal.program.subscriber(topic!(TerminalSize { .. }))?;
    assert_eq!(size(&watching.presence()?), Some((100, 30)));
    Ok(())
}

#[test]
fn a_signal_without_a_change_is_no_change() -> anyhow::Result<()> {
    let terminal = Terminal::new(80, 24)?;
    let mut sizes = terminal.program.subscriber(topic!(TerminalSize { .. }))?;
    sizes.presence()?;
    terminal.resize(80, 24)?;
    terminal.resize(81, 24)?;
    assert_eq!(size(&sizes.presence()?), Some((81, 24)));
    Ok(())
}

#[test]
fn without_a_terminal_there_is_no_size_and_nothing_is_followed() -> anyhow::Result<()> {
    let file = File::open("/dev/null")?;
    let program = program(writing(std::io::sink()).terminal(file))?;
    let mut sizes = program.subscriber(topic!(TerminalSize { .. }))?;
    pass_time(&program)?;
    sizes.nothing()?;
    assert!(program.open_sources()?.is_empty());
    Ok(())
}
