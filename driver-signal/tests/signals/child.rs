//! A program that a test runs, controls by lines on its standard input, and sends signals to.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{self, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::{env, thread};

use anyhow::{Context as _, bail, ensure};
use marketplace_testing::TIMEOUT;
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

/// The beginning of the lines that a program writes for its test. All other lines are the test harness's.
pub(crate) const MARK: &str = "> ";

/// A running program. It is killed when this is dropped.
pub(crate) struct Child {
    process: process::Child,
    /// `None` after the test has closed it.
    input: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Child {
    /// Runs one of the ignored tests as a program, and waits until it writes `ready`.
    pub(crate) fn run(program: &str) -> anyhow::Result<Self> {
        Self::start(Command::new(env::current_exe()?), program)
    }

    /// The same for a program that is started with a signal ignored, as by `nohup`.
    pub(crate) fn run_ignoring(signal: &str, program: &str) -> anyhow::Result<Self> {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("trap '' {signal}; exec \"$0\" \"$@\"")]).arg(env::current_exe()?);
        Self::start(shell, program)
    }

    fn start(mut command: Command, program: &str) -> anyhow::Result<Self> {
        command.args(["--ignored", "--nocapture", "--exact", &format!("signals::{program}")]);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (input, output) = (process.stdin.take(), process.stdout.take());
        let (sender, lines) = channel();
        let output = BufReader::new(output.context("it has no output")?);
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if let Some(line) = line.strip_prefix(MARK) {
                    let _is_closed = sender.send(line.to_owned());
                }
            }
        });
        let mut child = Self { process, input, lines };
        child.prints(&["ready"])?;
        Ok(child)
    }

    /// Writes a line to the program's standard input.
    pub(crate) fn command(&mut self, line: &str) -> anyhow::Result<()> {
        let input = self.input.as_mut().context("its input has ended")?;
        writeln!(input, "{line}").with_context(|| format!("cannot send the command {line:?}"))
    }

    /// Starts the first process at ground `a` that subscribes to a signal.
    pub(crate) fn catches(&mut self, name: &str) -> anyhow::Result<()> {
        self.command(&format!("a subscribe {name}"))?;
        self.prints(&[&format!("a gains {name}"), &format!("a publishes {name}")])
    }

    /// Ends the last process at ground `a` that subscribes to a signal.
    pub(crate) fn releases(&mut self, name: &str) -> anyhow::Result<()> {
        self.command(&format!("a unsubscribe {name}"))?;
        self.prints(&[&format!("a loses {name}"), &format!("a withdraws {name}")])
    }

    /// Closes the program's standard input.
    pub(crate) fn hang_up(&mut self) {
        self.input = None;
    }

    /// Waits until the program has written these lines, with no other line before or between them.
    pub(crate) fn prints(&mut self, lines: &[&str]) -> anyhow::Result<()> {
        for line in lines {
            let printed = self.line().with_context(|| format!("the program does not print {line:?}"))?;
            ensure!(printed == *line, "the program prints {printed:?} and not {line:?}");
        }
        Ok(())
    }

    /// The same for two lines in any order.
    pub(crate) fn prints_in_any_order(&mut self, mut lines: [&str; 2]) -> anyhow::Result<()> {
        let mut printed = [self.line()?, self.line()?];
        lines.sort_unstable();
        printed.sort_unstable();
        ensure!(printed == lines, "the program prints {printed:?} and not {lines:?}");
        Ok(())
    }

    /// Waits for the next line of the program.
    pub(crate) fn line(&mut self) -> anyhow::Result<String> {
        self.lines.recv_timeout(TIMEOUT).context("the program prints no line")
    }

    /// Sends a signal to the program.
    pub(crate) fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        Ok(kill_process(self.pid()?, signal)?)
    }

    /// Waits until the program ends without a further line, and returns its exit status.
    pub(crate) fn end(mut self) -> anyhow::Result<ExitStatus> {
        match self.lines.recv_timeout(TIMEOUT) {
            Err(RecvTimeoutError::Disconnected) => Ok(self.process.wait()?),
            Err(RecvTimeoutError::Timeout) => bail!("the program does not end"),
            Ok(line) => bail!("the program prints {line:?}"),
        }
    }

    /// Waits until the program is killed by a signal.
    pub(crate) fn dies_by(self, signal: Signal) -> anyhow::Result<()> {
        let status = self.end()?;
        ensure!(status.signal() == Some(signal.as_raw()), "not killed by {signal:?}: {status}");
        Ok(())
    }

    /// Whether a signal has stopped the program since the last call.
    pub(crate) fn is_stopped(&self) -> anyhow::Result<bool> {
        let status = waitpid(Some(self.pid()?), WaitOptions::UNTRACED | WaitOptions::NOHANG)?;
        Ok(status.is_some_and(|(_, status)| status.stopped()))
    }

    fn pid(&self) -> anyhow::Result<Pid> {
        Pid::from_raw(self.process.id().try_into()?).context("no process")
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // The program may have ended already.
        let _killed = self.process.kill();
        let _ended = self.process.wait();
    }
}
