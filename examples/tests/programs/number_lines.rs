//! `number-lines`: with the real standard streams, and with a real terminal.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Read as _, Write as _, pipe};
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use anyhow::Context as _;
use rustix::fs::{Mode, OFlags, open};
use rustix::process::Signal;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::support::{NUMBER_LINES, Program, TIMEOUT, program};

/// Many more lines than the system and the program hold.
const COUNT: usize = 500_000;

#[test]
fn each_line_has_its_number_before_it() -> anyhow::Result<()> {
    let (read, mut input) = pipe()?;
    let program = Program::start_with(&mut program(NUMBER_LINES), read, Stdio::piped())?;
    input.write_all(b"one\n")?;
    assert_eq!(program.line()?, "     1  one\n");
    input.write_all(b"two\nthree")?;
    drop(input);
    let finished = program.finish()?;
    assert!(finished.status.success());
    assert_eq!((&*finished.output, &*finished.errors), ("     2  two\n     3  three\n", ""));
    Ok(())
}

#[test]
fn megabytes_arrive_whole_at_a_slow_reader_and_cost_no_memory() -> anyhow::Result<()> {
    let ((read, mut input), (mut output, written)) = (pipe()?, pipe()?);
    let program = Program::start_with(&mut program(NUMBER_LINES), read, written)?;
    let writing = thread::spawn(move || (0..COUNT).try_for_each(|_| input.write_all(b"a line of text\n")));
    let mut line = [0; "     1  a line of text\n".len()];
    for number in 1..=COUNT {
        output.read_exact(&mut line)?;
        assert_eq!(str::from_utf8(&line)?, format!("{number:6}  a line of text\n"));
        if cfg!(target_os = "linux") && number == COUNT - 1 {
            let peak = program.peak_memory()?;
            assert!(peak < 24 << 20, "{peak} bytes of memory");
        }
    }
    writing.join().map_err(|_| anyhow::anyhow!("writing panicked"))??;
    let finished = program.finish()?;
    assert!(finished.status.success());
    Ok(())
}

#[test]
fn it_ends_quietly_when_the_reader_is_gone() -> anyhow::Result<()> {
    let ((read, mut input), (output, written)) = (pipe()?, pipe()?);
    let program = Program::start_with(&mut program(NUMBER_LINES), read, written)?;
    drop(output);
    input.write_all(b"one\n")?;
    // The input stays open.
    let finished = program.finish()?;
    assert!(finished.status.success());
    assert_eq!(finished.errors, "");
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_cannot_be_written_is_a_failure_that_says_so() -> anyhow::Result<()> {
    let (read, mut input) = pipe()?;
    input.write_all(b"one\n")?;
    drop(input);
    let full = OpenOptions::new().write(true).open("/dev/full")?;
    let finished = Program::start_with(&mut program(NUMBER_LINES), read, full)?.finish()?;
    assert_eq!(finished.status.code(), Some(1));
    assert!(finished.errors.contains("Error: cannot write to standard output"), "{}", finished.errors);
    Ok(())
}

#[test]
fn a_signal_ends_it_although_there_is_no_input() -> anyhow::Result<()> {
    for signal in [Signal::TERM, Signal::INT] {
        let (read, mut input) = pipe()?;
        let program = Program::start_with(&mut program(NUMBER_LINES), read, Stdio::piped())?;
        input.write_all(b"one\n")?;
        program.line()?;
        program.signal(signal)?;
        let finished = program.finish()?;
        assert!(finished.status.success());
        assert_eq!((&*finished.output, &*finished.errors), ("", ""));
    }
    Ok(())
}

#[test]
fn lines_are_cut_off_at_the_edge_of_the_terminal_also_when_that_is_resized() -> anyhow::Result<()> {
    let (terminal, inside) = terminal()?;
    resize(&terminal, 12)?;
    let (read, mut input) = pipe()?;
    let program = Program::start_with(&mut program(NUMBER_LINES), read, inside)?;
    let shown = lines(terminal.try_clone()?);
    input.write_all(b"0123456789\n")?;
    assert_eq!(shown.recv_timeout(TIMEOUT)?, "     1  0123\r\n");
    resize(&terminal, 16)?;
    program.signal(Signal::WINCH)?;
    // The program learns the new size some time later.
    let mut number = 1;
    loop {
        number += 1;
        input.write_all(b"0123456789\n")?;
        let line = shown.recv_timeout(TIMEOUT)?;
        if line == format!("{number:6}  01234567\r\n") {
            break;
        }
        assert_eq!(line, format!("{number:6}  0123\r\n"));
    }
    drop(input);
    assert!(program.finish()?.status.success());
    Ok(())
}

#[test]
fn lines_that_are_not_written_to_a_terminal_are_not_cut_off() -> anyhow::Result<()> {
    let (terminal, inside) = terminal()?;
    resize(&terminal, 12)?;
    let program = Program::start_with(&mut program(NUMBER_LINES), inside, Stdio::piped())?;
    // The terminal stays open until the program has ended. A closed terminal has no input.
    let mut terminal = File::from(terminal);
    terminal.write_all(b"0123456789\n\x04")?;
    let finished = program.finish()?;
    assert!(finished.status.success());
    assert_eq!(finished.output, "     1  0123456789\n");
    Ok(())
}

/// A terminal: the end of the user, and the end of the program.
fn terminal() -> anyhow::Result<(OwnedFd, OwnedFd)> {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    grantpt(&terminal)?;
    unlockpt(&terminal)?;
    let name = ptsname(&terminal, Vec::new())?;
    let inside = open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).context("no terminal")?;
    Ok((terminal, inside))
}

fn resize(terminal: &OwnedFd, columns: u16) -> anyhow::Result<()> {
    Ok(tcsetwinsize(terminal, Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 })?)
}

/// The lines on the user's end of a terminal.
fn lines(terminal: OwnedFd) -> Receiver<String> {
    let (sender, lines) = channel();
    thread::spawn(move || {
        let mut terminal = BufReader::new(File::from(terminal));
        let mut line = String::new();
        while terminal.read_line(&mut line).is_ok_and(|count| count > 0) {
            if sender.send(std::mem::take(&mut line)).is_err() {
                return;
            }
        }
    });
    lines
}
