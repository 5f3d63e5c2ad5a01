//! The addresses at which programs are joined with each other.

use std::hash::{BuildHasher as _, RandomState};
use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;

/// An address of this machine that no other program uses, and a port.
pub(crate) struct Endpoint(String);

impl Endpoint {
    /// The address is random, so that no other program takes the port that the kernel has picked.
    pub(crate) fn new() -> anyhow::Result<Self> {
        // The keys of the standard library's hash tables are random.
        let [a, b, c, ..] = RandomState::new().hash_one(0_u8).to_be_bytes().map(|byte| byte.clamp(1, 254));
        let address = TcpListener::bind((Ipv4Addr::new(127, a, b, c), 0))?.local_addr()?;
        Ok(Self(format!("tcp/{address}")))
    }

    /// Makes a program listen here, and connect to others.
    pub(crate) fn listen<'a>(&self, command: &'a mut Command, others: &[&Self]) -> &'a mut Command {
        command.args(["--listen", &self.0]);
        others.iter().fold(command, |command, other| other.connect(command))
    }

    /// Makes a program connect to those that listen here.
    pub(crate) fn connect<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.args(["--connect", &self.0])
    }
}
