//! Two Erlang nodes, which run `far_node.erl`. It is compiled for each measurement.
//!
//! Each node has its own address, so both can use the same port, and no port mapper (`epmd`) is needed.

use std::ffi::OsStr;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{bail, ensure};

use crate::figure::Figure;
use crate::folder::Folder;
use crate::program::Program;

pub(super) const NEEDED: &[Program] = &[ERL, ERLC];

const ERL: Program = Program { name: "erl", package: "erlang-base" };
const ERLC: Program = Program { name: "erlc", package: "erlang-base" };

const FAR: &str = "127.0.0.1";
const NEAR: &str = "127.0.0.2";

/// How long to wait between two looks whether the other node is ready.
const AGAIN: Duration = Duration::from_millis(20);

/// The other node. It is killed when this value is dropped.
struct Far(Child);

pub(super) fn ask(question: &str, count: u64) -> anyhow::Result<Vec<Figure>> {
    let folder = Folder::new()?;
    let source = folder.write("far_node.erl", include_str!("far_node.erl"))?;
    let compiled = ERLC.command()?.arg("-o").args([folder.path(), &source]).status()?;
    ensure!(compiled.success(), "far_node.erl does not compile");
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
    let ready = folder.path().join("ready");
    let mut command = node(&folder, "server", FAR, port)?;
    let far = command.args(["-s", "far_node", "serve"]).arg(&ready).stdin(Stdio::null()).spawn()?;
    let far = Far(far).ready(&ready)?;
    let mut command = node(&folder, "asker", NEAR, port)?;
    let server = format!("server@{FAR}");
    command.args([
        "-s",
        "far_node",
        "measure",
        &server,
        &far.0.id().to_string(),
        question,
        &count.to_string(),
    ]);
    super::figures(&mut command)
}

/// A node with a name and an address. It reports a silent node as down after a second.
fn node(folder: &Folder, name: &str, address: &str, port: u16) -> anyhow::Result<Command> {
    let mut command = ERL.command()?;
    let interface = format!("{{{}}}", address.replace('.', ","));
    // Erlang writes its cookie into the home folder.
    command.env("HOME", folder.path()).args([OsStr::new("-pa"), folder.path().as_os_str()]);
    command.args(["-noshell", "-start_epmd", "false", "-erl_epmd_port", &port.to_string()]);
    command.args(["-name", &format!("{name}@{address}"), "-setcookie", "benchmarks"]);
    command.args(["-kernel", "inet_dist_use_interface", &interface]);
    command.args(["-kernel", "net_ticktime", "1", "-kernel", "logger_level", "emergency"]);
    Ok(command)
}

impl Far {
    /// Waits until the node has reported that it is ready.
    fn ready(mut self, ready: &Path) -> anyhow::Result<Self> {
        while !ready.exists() {
            if let Some(status) = self.0.try_wait()? {
                bail!("the other node has ended ({status})");
            }
            thread::sleep(AGAIN);
        }
        Ok(self)
    }
}

impl Drop for Far {
    fn drop(&mut self) {
        // This fails if it has been killed already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
