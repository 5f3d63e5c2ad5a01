//! What the tests share: a program to test, processes in it that do as they are told and report what they
//! see, and plain sockets to talk to it. Nothing here waits for ever.

#![allow(dead_code, unused_imports, reason = "every test binary uses a part of it")]

mod data;
mod program;
mod puppet;
mod report;
mod server;
mod session;
mod socket;

use std::time::Duration;

pub(crate) use data::{Random, data};
pub(crate) use program::{Program, driver};
pub(crate) use puppet::Puppet;
pub(crate) use report::{Reporter, Reports, Seen, Why, reports};
pub(crate) use server::{echo_server, echoer, listen};
pub(crate) use session::{Listening, Session, publish, subscribe};
pub(crate) use socket::{
    Remote, connect, exchange, is_refused, read_to_end, reserve_port, reset, unanswered, until, write_all,
};

/// How long anything that must happen may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
