//! What the tests share: a program to test, processes in it that do as they are told and report what they
//! see, and plain sockets to talk to it. Nothing here waits for ever.

#![allow(dead_code, unused_imports, reason = "every test binary uses a part of it")]

mod data;
#[cfg(target_os = "linux")]
mod measure;
mod program;
mod puppet;
mod report;
mod server;
mod session;
mod socket;

use std::time::Duration;

pub(crate) use data::{Random, data, data_at};
#[cfg(target_os = "linux")]
pub(crate) use measure::{CpuTime, descriptors, resident_memory};
pub(crate) use program::{Program, driver, options};
pub(crate) use puppet::Puppet;
pub(crate) use report::{Reporter, Reports, Seen, Why, reports};
pub(crate) use server::{echo_server, echo_server_with, echoer, listen};
pub(crate) use session::{Listening, Session, publish, subscribe};
pub(crate) use socket::{
    Remote, connect, exchange, is_cut_off, is_refused, read_exact, read_to_end, reserve_port, reset,
    unanswered, until, write_all,
};

/// How long anything that must happen may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
