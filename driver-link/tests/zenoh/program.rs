//! A separate program with a ground. It is this test program, run again.

use std::env;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};
use driver_link::Zenoh;
use marketplace_core::topic;
use marketplace_testing::{Inbox, TestProgram};

use crate::place::Place;
use crate::vocabulary::{LEASE, Said, ground, said};

/// A program that a test has started.
pub(crate) struct Program {
    child: Child,
    orders: ChildStdin,
}

impl Program {
    /// Starts a program with a ground of this name at this place.
    pub(crate) fn start(name: &str, place: &Place) -> anyhow::Result<Self> {
        Self::start_as("peer", LEASE, name, place)
    }

    /// The same with one of zenoh's modes and a lease.
    pub(crate) fn start_as(mode: &str, lease: Duration, name: &str, place: &Place) -> anyhow::Result<Self> {
        let join = |addresses: &[SocketAddr]| {
            addresses.iter().map(SocketAddr::to_string).collect::<Vec<_>>().join(",")
        };
        let mut child = Command::new(env::current_exe()?)
            .args(["--exact", "program::what_other_tests_run", "--ignored"])
            .env("LINK_NAME", name)
            .env("LINK_MODE", mode)
            .env("LINK_LEASE", lease.as_millis().to_string())
            .env("LINK_LISTEN", join(&place.listen))
            .env("LINK_CONNECT", join(&place.connect))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        let orders = child.stdin.take().context("no input")?;
        Ok(Self { child, orders })
    }

    /// Sends an order. See [`obey`].
    pub(crate) fn order(&mut self, order: &str) -> anyhow::Result<()> {
        Ok(writeln!(self.orders, "{order}")?)
    }

    /// Sends a signal, by the name that `kill` uses.
    pub(crate) fn signal(&self, signal: &str) -> anyhow::Result<()> {
        let order = format!("kill -{signal} {}", self.child.id());
        let status = Command::new("sh").args(["-c", &order]).status()?;
        status.success().then_some(()).context(order)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _ended_already = self.child.wait();
    }
}

/// The program itself. It ends when its input ends.
#[test]
#[ignore = "a program for other tests"]
fn what_other_tests_run() -> anyhow::Result<()> {
    let name = env::var("LINK_NAME")?;
    let place = Place { listen: addresses("LINK_LISTEN")?, connect: addresses("LINK_CONNECT")? };
    let config = place.config(&env::var("LINK_MODE")?)?;
    let lease = Duration::from_millis(env::var("LINK_LEASE")?.parse()?);
    let ground = ground(&name, Zenoh::new("test").config(config).lease(lease))?;
    let mut rooms = Vec::new();
    for order in io::stdin().lines() {
        let order = order?;
        let words: Vec<&str> = order.split_whitespace().collect();
        obey(&ground, &words, &mut rooms).with_context(|| order.clone())?;
    }
    ground.stop()
}

fn addresses(variable: &str) -> anyhow::Result<Vec<SocketAddr>> {
    let list = env::var(variable)?;
    list.split(',').filter(|one| !one.is_empty()).map(|one| Ok(one.parse()?)).collect()
}

/// Carries out an order of the test.
fn obey(ground: &TestProgram, order: &[&str], rooms: &mut Vec<Inbox<Said>>) -> anyhow::Result<()> {
    match order {
        // Publishes in this number of rooms.
        ["publish", count] => {
            for room in 0..count.parse()? {
                rooms.push(ground.publisher(topic!(Said { room: room, .. }))?);
            }
        }
        // Waits for a subscriber.
        ["say", room, text] => {
            let room = room.parse()?;
            ground.observe_subscribers(topic!(Said { room: room, .. }))?.presence()?;
            ground.send(said(room, text))?;
        }
        _ => bail!("nobody understands this"),
    }
    Ok(())
}
