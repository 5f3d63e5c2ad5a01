//! A program of the chapter that runs as a process.

use std::io::{BufRead as _, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;

use anyhow::{Context as _, bail};
use marketplace_testing::TIMEOUT;
use rustix::process::{Pid, Signal, kill_process};

/// A program that runs; it is killed when this is dropped.
pub(crate) struct Program {
    child: Child,
    output: Receiver<String>,
    errors: Receiver<String>,
}

/// What a program that has ended leaves.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) is_success: bool,
    /// The standard output that no test has read yet.
    pub(crate) output: String,
    pub(crate) errors: String,
}

impl Program {
    pub(crate) fn start(binary: &str, ports: &[u16]) -> anyhow::Result<Self> {
        let mut command = Command::new(binary);
        command.args(ports.iter().map(ToString::to_string)).env_remove("RUST_BACKTRACE");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let output = lines(child.stdout.take().context("no standard output")?);
        let errors = lines(child.stderr.take().context("no standard error")?);
        Ok(Self { child, output, errors })
    }

    /// Starts a server on a port that the kernel picks, and returns the address that it prints.
    pub(crate) fn serve(binary: &str) -> anyhow::Result<(Self, SocketAddr)> {
        let program = Self::start(binary, &[0])?;
        let address = program.address()?;
        Ok((program, address))
    }

    /// The address in the line that the program prints next.
    pub(crate) fn address(&self) -> anyhow::Result<SocketAddr> {
        let line = self.output.recv_timeout(TIMEOUT).context("the program prints nothing")?;
        let address = line.trim_end().strip_prefix("listening on ").with_context(|| line.clone())?;
        Ok(address.parse()?)
    }

    pub(crate) fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        Ok(kill_process(Pid::from_child(&self.child), signal)?)
    }

    /// Waits until the program has ended.
    pub(crate) fn finish(mut self) -> anyhow::Result<Finished> {
        let (output, errors) = (rest(&self.output)?, rest(&self.errors)?);
        // Both are closed, so the program is ending.
        Ok(Finished { is_success: self.child.wait()?.success(), output, errors })
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

/// The lines of a stream, each with its end, as they arrive.
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

/// All lines up to the end of the stream.
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
