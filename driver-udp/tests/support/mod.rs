//! Shared by the tests: a program to test, and plain sockets as its peers. Nothing here waits forever.

#![allow(dead_code, unused_imports, reason = "every test binary uses a part of it")]

mod program;
mod remote;

pub(crate) use program::{Program, driver, next_address, next_error};
pub(crate) use remote::Remote;
