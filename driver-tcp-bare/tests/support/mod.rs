//! Shared by the tests: a program to test, sessions in it that the tests control and that report what they
//! see, and plain sockets as its peers. Nothing here waits forever.

#![allow(dead_code, unused_imports, reason = "every test binary uses a part of it")]

mod data;
mod event;
#[cfg(target_os = "linux")]
mod measure;
mod program;
mod server;
mod session;
mod socket;

pub(crate) use data::{Random, data, data_at};
pub(crate) use event::SessionEvent;
#[cfg(target_os = "linux")]
pub(crate) use measure::CpuTime;
pub(crate) use program::{Pressure, Program, driver, next_address, next_error, options};
pub(crate) use server::{echo_server, echo_server_with, echoer, listen};
pub(crate) use session::{Listening, Session, publish, subscribe};
pub(crate) use socket::{
    Remote, connect, exchange, is_cut_off, is_refused, read_exact, read_to_end, reserve_port, reset,
    unanswered, write_all,
};
