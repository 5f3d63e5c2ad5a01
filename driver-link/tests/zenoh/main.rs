//! Grounds of one program and of several, joined by zenoh on addresses of 127.0.0.0/8.
//!
//! A test that needs a program of its own runs this one again: see `program`.

#![allow(clippy::print_stdout, reason = "tests say how long things took")]

mod frozen;
mod garbage;
mod gone;
mod network;
mod partition;
#[path = "../support/place.rs"]
mod place;
mod presence;
mod program;
mod proxy;
mod router;
mod secure;
mod slow;
mod stranger;
mod vocabulary;
