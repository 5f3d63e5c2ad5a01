//! What the tests share: programs that run, plain sockets to talk to them, and data. Nothing here waits for
//! ever, and no program outlives its test.

#![allow(dead_code, reason = "every test binary uses a part of it")]

mod data;
mod guest;
mod program;
mod socket;

use std::thread;
use std::time::{Duration, Instant};

use anyhow::ensure;

pub(crate) use data::{Cycle, Random, TestFile};
pub(crate) use guest::Guest;
pub(crate) use program::{
    CHAT_CLIENT, CHAT_SERVER, ECHO_SERVER, FILE_SERVER, HELLO, NESTED_TIMERS, NUMBER_LINES, Program, SIGNALS,
    TICKER, UDP_ECHO, WEB_GATEWAY, WORD_COUNT, program, serve, server,
};
pub(crate) use socket::{connect, exchange, is_refused, is_turned_away};

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
