//! A program that a test runs, talks to by lines, and sends signals.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{self, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::{env, thread};

use anyhow::{Context as _, bail, ensure};
use marketplace_testing::TIMEOUT;
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

/// With what the lines begin that a program says to its test; others are the test harness' own.
pub(crate) const MARK: &str = "> ";

/// A program that runs; dropping it kills it.
pub(crate) struct Child {
    process: process::Child,
    /// Until the test has nothing further to tell.
    input: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Child {
    /// Runs one of this file's ignored tests, which says `ready` once it is.
    pub(crate) fn run(program: &str) -> anyhow::Result<Self> {
        Self::start(Command::new(env::current_exe()?), program)
    }

    /// The same for a program that ignores a signal, as those do that `nohup` starts.
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
                    let _unheard = sender.send(line.to_owned());
                }
            }
        });
        let mut child = Self { process, input, lines };
        child.says(&["ready"])?;
        Ok(child)
    }

    /// Tells it something.
    pub(crate) fn tell(&mut self, line: &str) -> anyhow::Result<()> {
        let input = self.input.as_mut().context("its input has ended")?;
        writeln!(input, "{line}").with_context(|| format!("cannot tell it to {line}"))
    }

    /// Has one process more subscribe to a signal at ground `a`, where this is the first.
    pub(crate) fn catches(&mut self, name: &str) -> anyhow::Result<()> {
        self.tell(&format!("a hear {name}"))?;
        self.says(&[&format!("a gains {name}"), &format!("a offers {name}")])
    }

    /// Has the last process leave that subscribes to a signal at ground `a`.
    pub(crate) fn releases(&mut self, name: &str) -> anyhow::Result<()> {
        self.tell(&format!("a leave {name}"))?;
        self.says(&[&format!("a loses {name}"), &format!("a withdraws {name}")])
    }

    /// Ends its input.
    pub(crate) fn hang_up(&mut self) {
        self.input = None;
    }

    /// Waits for it to say these lines, and no other before or between them.
    pub(crate) fn says(&mut self, lines: &[&str]) -> anyhow::Result<()> {
        for line in lines {
            let said = self.line().with_context(|| format!("it does not say {line:?}"))?;
            ensure!(said == *line, "it says {said:?} and not {line:?}");
        }
        Ok(())
    }

    /// The same, whichever comes first.
    pub(crate) fn says_in_any_order(&mut self, mut lines: [&str; 2]) -> anyhow::Result<()> {
        let mut said = [self.line()?, self.line()?];
        lines.sort_unstable();
        said.sort_unstable();
        ensure!(said == lines, "it says {said:?} and not {lines:?}");
        Ok(())
    }

    /// Waits for it to say something.
    pub(crate) fn line(&mut self) -> anyhow::Result<String> {
        self.lines.recv_timeout(TIMEOUT).context("it says nothing")
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        Ok(kill_process(self.pid()?, signal)?)
    }

    /// Waits for it to end; how it has, without having said anything further.
    pub(crate) fn end(mut self) -> anyhow::Result<ExitStatus> {
        match self.lines.recv_timeout(TIMEOUT) {
            Err(RecvTimeoutError::Disconnected) => Ok(self.process.wait()?),
            Err(RecvTimeoutError::Timeout) => bail!("it goes on"),
            Ok(line) => bail!("it says {line:?}"),
        }
    }

    /// Waits for it to be killed by a signal.
    pub(crate) fn dies_by(self, signal: Signal) -> anyhow::Result<()> {
        let status = self.end()?;
        ensure!(status.signal() == Some(signal.as_raw()), "not killed by {signal:?}: {status}");
        Ok(())
    }

    /// Whether a signal has stopped it since this was asked last.
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
        // It may have ended.
        let _killed = self.process.kill();
        let _ended = self.process.wait();
    }
}
