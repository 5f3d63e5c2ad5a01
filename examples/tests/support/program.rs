//! A running example.

use std::io::{BufRead as _, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::{fs, io, thread};

use anyhow::{Context as _, bail};
use rustix::process::{Pid, Signal, kill_process};

use super::TIMEOUT;

pub(crate) const HELLO: &str = env!("CARGO_BIN_EXE_hello");
pub(crate) const ECHO_SERVER: &str = env!("CARGO_BIN_EXE_echo-server");
pub(crate) const FILE_SERVER: &str = env!("CARGO_BIN_EXE_file-server");
pub(crate) const CHAT_SERVER: &str = env!("CARGO_BIN_EXE_chat-server");
pub(crate) const CHAT_CLIENT: &str = env!("CARGO_BIN_EXE_chat-client");
pub(crate) const SIGNALS: &str = env!("CARGO_BIN_EXE_signals");
pub(crate) const NUMBER_LINES: &str = env!("CARGO_BIN_EXE_number-lines");
pub(crate) const UDP_ECHO: &str = env!("CARGO_BIN_EXE_udp-echo");
pub(crate) const TICKER: &str = env!("CARGO_BIN_EXE_ticker");
pub(crate) const NESTED_TIMERS: &str = env!("CARGO_BIN_EXE_nested-timers");
pub(crate) const WEB_GATEWAY: &str = env!("CARGO_BIN_EXE_web-gateway");
#[cfg(feature = "zenoh")]
pub(crate) const LINK_DEMO: &str = env!("CARGO_BIN_EXE_link-demo");
pub(crate) const WORD_COUNT: &str = env!("CARGO_BIN_EXE_word-count");

/// A program under test. It is killed when this value is dropped.
pub(crate) struct Program {
    child: Child,
    output: Receiver<String>,
    errors: Receiver<String>,
}

/// The result of a program.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) status: ExitStatus,
    /// The part of its standard output that had not been read.
    pub(crate) output: String,
    /// What it wrote to standard error.
    pub(crate) errors: String,
}

/// A program without arguments, in an environment that does not depend on the environment of the tests.
pub(crate) fn program(binary: &str) -> Command {
    let mut command = Command::new(binary);
    command.env_remove("MARKETPLACE_LOG").env_remove("RUST_BACKTRACE");
    command
}

/// A server on a port that the kernel picks.
pub(crate) fn server(binary: &str) -> Command {
    let mut command = program(binary);
    command.args(["--port", "0"]);
    command
}

/// A listening server, and its address.
pub(crate) fn serve(command: &mut Command) -> anyhow::Result<(Program, SocketAddr)> {
    let program = Program::start(command)?;
    let line = program.line().context("the server does not listen")?;
    let address = line.strip_prefix("listening on ").with_context(|| line.clone())?;
    Ok((program, address.trim_end().parse()?))
}

impl Program {
    pub(crate) fn start(command: &mut Command) -> anyhow::Result<Self> {
        Self::start_with(command, Stdio::null(), Stdio::piped())
    }

    /// A program with other standard input and output. If the output is not piped, there is none to read.
    pub(crate) fn start_with(
        command: &mut Command,
        input: impl Into<Stdio>,
        output: impl Into<Stdio>,
    ) -> anyhow::Result<Self> {
        let mut child = command.stdin(input).stdout(output).stderr(Stdio::piped()).spawn()?;
        // The command would keep its ends of the pipes open.
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let output = child.stdout.take().map_or_else(|| lines(io::empty()), lines);
        let errors = lines(child.stderr.take().context("no standard error")?);
        Ok(Self { child, output, errors })
    }

    /// The next line of standard output, with its line break.
    pub(crate) fn line(&self) -> anyhow::Result<String> {
        self.output.recv_timeout(TIMEOUT).context("no line comes")
    }

    /// The next line of standard error, with its line break.
    pub(crate) fn error_line(&self) -> anyhow::Result<String> {
        self.errors.recv_timeout(TIMEOUT).context("no line comes")
    }

    pub(crate) fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        Ok(kill_process(Pid::from_child(&self.child), signal)?)
    }

    /// Waits until the program has ended.
    pub(crate) fn finish(mut self) -> anyhow::Result<Finished> {
        let (output, errors) = (rest(&self.output)?, rest(&self.errors)?);
        // Both streams are closed, so it is ending.
        Ok(Finished { status: self.child.wait()?, output, errors })
    }

    /// Sends SIGTERM to the program, and waits until it has ended.
    pub(crate) fn terminate(self) -> anyhow::Result<Finished> {
        self.signal(Signal::TERM)?;
        self.finish()
    }

    /// The greatest amount of memory that the program has used, in bytes.
    pub(crate) fn peak_memory(&self) -> anyhow::Result<usize> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no such line")?;
        let kib: usize = peak.trim().trim_end_matches(" kB").parse()?;
        Ok(kib * 1024)
    }

    /// How many files and sockets the program has open.
    pub(crate) fn descriptors(&self) -> anyhow::Result<usize> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.child.id()))?.count())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // This fails if it has ended by itself.
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

/// The lines of a stream as they arrive, each with its line break.
fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = channel();
    thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        while stream.read_line(&mut line).is_ok_and(|count| count > 0) {
            if sender.send(std::mem::take(&mut line)).is_err() {
                return;
            }
        }
    });
    lines
}

/// Everything that still arrives, up to the end of the stream.
fn rest(lines: &Receiver<String>) -> anyhow::Result<String> {
    let mut rest = String::new();
    loop {
        match lines.recv_timeout(TIMEOUT) {
            Ok(line) => rest.push_str(&line),
            Err(RecvTimeoutError::Disconnected) => return Ok(rest),
            Err(RecvTimeoutError::Timeout) => bail!("the program does not end; so far: {rest}"),
        }
    }
}
