//! What the tests share: running programs, plain sockets to exchange data with them, and data. Every wait has a
//! deadline, and no program outlives its test.

#![allow(dead_code, unused_imports, reason = "every test binary uses a part of it")]

mod data;
#[cfg(feature = "zenoh")]
mod endpoint;
mod guest;
mod program;
mod socket;

pub(crate) use marketplace_testing::{TIMEOUT, wait_until};

pub(crate) use data::{Cycle, Random, TestFile};
#[cfg(feature = "zenoh")]
pub(crate) use endpoint::Endpoint;
pub(crate) use guest::Guest;
#[cfg(feature = "zenoh")]
pub(crate) use program::LINK_DEMO;
pub(crate) use program::{
    CHAT_CLIENT, CHAT_SERVER, ECHO_SERVER, FILE_SERVER, HELLO, NESTED_TIMERS, NUMBER_LINES, Program, SIGNALS,
    TICKER, UDP_ECHO, WEB_GATEWAY, WORD_COUNT, program, serve, server,
};
pub(crate) use socket::{connect, exchange, is_refused, is_turned_away};
