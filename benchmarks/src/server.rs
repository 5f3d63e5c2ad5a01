//! Servers in processes of their own, so that their resources can be measured separately from their clients'.

#[cfg_attr(not(feature = "others"), path = "server/nobody.rs")]
mod chat;
pub(crate) mod dns;
mod grounds;
mod rooms;
mod tcp;
mod udp;

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read, stdin};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{self, Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process};

use crate::clock;
use crate::program;
use crate::tool::SERVERS_RUN_UNDER;

/// A running server. It ends when this value is dropped.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: SocketAddr,
    end: Signal,
}

impl Server {
    /// Starts this program once more as the server of this kind and name, with a read buffer of `buffer` bytes.
    pub(crate) fn start(kind: &str, name: &str, buffer: usize) -> anyhow::Result<Self> {
        let mut command = command(&env::current_exe()?)?;
        command.args(["serve", kind, name, &buffer.to_string()]);
        Self::listening(command)
    }

    /// Starts an example, which is built into the same folder as this program, with further options.
    pub(crate) fn example(name: &str, options: &[&str]) -> anyhow::Result<Self> {
        let mut command = command(&env::current_exe()?.with_file_name(name))?;
        command.args(["--port", "0"]).args(options);
        Self::listening(command)
    }

    /// Waits for a server's first line, whose last word is its address.
    fn listening(mut command: Command) -> anyhow::Result<Self> {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let output = process.stdout.take().context("the server has no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let address = line.rsplit(' ').next().and_then(|address| address.trim().parse().ok());
        let address = address.with_context(|| format!("the server printed no address: {line:?}"))?;
        // A counting tool writes its counts when the program ends in an orderly way.
        let end = if is_counted() { Signal::TERM } else { Signal::KILL };
        Ok(Self { process, address, end })
    }

    /// The processor time that the server has used, in all threads.
    pub(crate) fn processor_time(&self) -> anyhow::Result<Duration> {
        self.processor_time_where(|_| true)
    }

    /// The processor time that the server has used in the threads whose name satisfies `counts`.
    pub(crate) fn processor_time_where(&self, counts: impl Fn(&str) -> bool) -> anyhow::Result<Duration> {
        let mut nanoseconds = 0;
        for thread in fs::read_dir(format!("/proc/{}/task", self.process.id()))? {
            let thread = thread?.path();
            if counts(fs::read_to_string(thread.join("comm"))?.trim_end()) {
                let times = fs::read_to_string(thread.join("schedstat"))?;
                nanoseconds += times.split(' ').next().context("no schedstat")?.parse::<u64>()?;
            }
        }
        Ok(Duration::from_nanos(nanoseconds))
    }

    /// The server's private resident memory, in bytes.
    pub(crate) fn memory(&self) -> anyhow::Result<u64> {
        clock::private_memory(self.process.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // This fails if the server has already ended.
        let _ = kill_process(Pid::from_child(&self.process), self.end);
        let _ = self.process.wait();
    }
}

/// Whether the server is to be counted.
fn is_counted() -> bool {
    env::var_os(SERVERS_RUN_UNDER).is_some()
}

/// The command that runs a server's program, under the counting tool if there is one.
fn command(program: &Path) -> anyhow::Result<Command> {
    let under = env::var(SERVERS_RUN_UNDER).unwrap_or_default();
    let mut words = under.lines().map(Path::new).chain([program]);
    let mut command = program::ending_with_us(words.next().unwrap_or(program))?;
    command.args(words);
    Ok(command)
}

/// The other side of [`Server::start`]: serves until the process that started it has ended.
pub(crate) fn serve(kind: &str, name: &str, buffer: &str) -> anyhow::Result<()> {
    thread::spawn(|| {
        let _ = stdin().read(&mut [0]);
        process::exit(0);
    });
    let buffer = buffer.parse()?;
    match kind {
        "tcp" => tcp::serve(name, buffer),
        "inspected" => tcp::serve_inspected(name),
        "chat" => chat::serve(name, buffer),
        "rooms" => rooms::serve(name),
        "grounds" => grounds::serve(name, buffer),
        "udp" => udp::serve(name, buffer),
        kind => anyhow::bail!("there are no servers of kind `{kind}`"),
    }
}

/// Prints where this server listens, in the same words as the examples, for the process that started it.
fn announce(address: SocketAddr) {
    println!("listening on {address}");
}
