//! The programs of the chapter Start, run as processes: a module for each page.

// They are stopped by signals.
#![cfg(unix)]

mod chat;
mod client;
mod hello;
mod nested;
mod program;
mod reserved_port;
mod stop;
mod tcp;
