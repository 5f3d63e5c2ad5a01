//! Where a program is reached that is joined with others.

use std::hash::{BuildHasher as _, RandomState};
use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;

/// An address of this machine that nobody else uses, and a port of it.
pub(crate) struct Endpoint(String);

impl Endpoint {
    /// The address is a random one, so that nobody else takes the port that the kernel has picked.
    pub(crate) fn new() -> anyhow::Result<Self> {
        // The standard library's keys of hash tables are random.
        let [a, b, c, ..] = RandomState::new().hash_one(0_u8).to_be_bytes().map(|byte| byte.clamp(1, 254));
        let address = TcpListener::bind((Ipv4Addr::new(127, a, b, c), 0))?.local_addr()?;
        Ok(Self(format!("tcp/{address}")))
    }

    /// Has a program listen here, and connect to others.
    pub(crate) fn listen<'a>(&self, command: &'a mut Command, others: &[&Self]) -> &'a mut Command {
        command.args(["--listen", &self.0]);
        others.iter().fold(command, |command, other| other.connect(command))
    }

    /// Has a program connect to who listens here.
    pub(crate) fn connect<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.args(["--connect", &self.0])
    }
}
