//! What the tests share: a program to test, and plain sockets to talk to it. Nothing here waits for ever.

#![allow(dead_code, unused_imports, reason = "every test binary uses a part of it")]

mod inbox;
mod participant;
mod program;
mod remote;

use std::thread;
use std::time::{Duration, Instant};

use anyhow::ensure;

pub(crate) use inbox::{Inbox, Report, Why};
pub(crate) use participant::Participant;
pub(crate) use program::{Program, driver};
pub(crate) use remote::Remote;

/// How long anything that must happen may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Waits for something of which no event tells.
pub(crate) fn until(mut holds: impl FnMut() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while !holds()? {
        ensure!(Instant::now() < deadline, "what was waited for has not happened");
        thread::yield_now();
    }
    Ok(())
}
