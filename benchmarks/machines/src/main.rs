//! The cases `machines-…`: two programs, joined in the same way as on two machines. This program is the near end, which
//! measures; it starts the far end, which answers.
//!
//! [`question`] contains what is measured for every subject. The file of a subject implements it for that subject.

#[allow(dead_code, reason = "the other crate parses and summarises the figures")]
#[path = "../../src/figure.rs"]
mod figure;
mod ours;
mod question;
mod ractor;
mod zenoh;

use std::env;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process, set_parent_process_death_signal};

use question::Near;

/// How long a program may be silent before it is treated as gone, for the subjects that have such an option.
const LEASE: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["near", subject, question, count] => near(subject, question, count),
        ["far", subject, address] => far(subject, address),
        _ => Err(anyhow::anyhow!("this program is a part of `cargo xtask bench`")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Measures, and prints the figures.
fn near(subject: &str, question: &str, count: &str) -> anyhow::Result<()> {
    let mut far = Far::start(subject)?;
    let mut near: Box<dyn Near> = match subject {
        "marketplace" => Box::new(ours::near(far.address)?),
        "zenoh" => Box::new(zenoh::near(far.address)?),
        "ractor" => Box::new(ractor::near(far.address)?),
        subject => bail!("there is no subject `{subject}`"),
    };
    near.meet()?;
    for figure in question::ask(question, count.parse()?, &mut *near, &mut far)? {
        println!("{}", figure.line());
    }
    Ok(())
}

/// The other program, which answers until it is killed.
fn far(subject: &str, address: &str) -> anyhow::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    let address = address.parse()?;
    match subject {
        "marketplace" => ours::far(address),
        "zenoh" => zenoh::far(address),
        "ractor" => ractor::far(address),
        subject => bail!("there is no subject `{subject}`"),
    }
}

/// The other program. It is killed when this value is dropped.
struct Far {
    process: Child,
    address: SocketAddr,
}

impl Far {
    fn start(subject: &str) -> anyhow::Result<Self> {
        let address = free_address()?;
        let mut command = Command::new(env::current_exe()?);
        command.args(["far", subject, &address.to_string()]).stdin(Stdio::null());
        Ok(Self { process: command.spawn().context("cannot start the other program")?, address })
    }

    fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        Ok(kill_process(Pid::from_child(&self.process), signal)?)
    }
}

impl Drop for Far {
    fn drop(&mut self) {
        // This fails if it has been killed already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// An address that was free a moment ago.
fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
