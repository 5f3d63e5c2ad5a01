//! The laws of a driver, held against the TCP driver: a listener is one of its services, an outbound connection the other.

#![cfg(target_os = "linux")]

#[path = "laws/inbound.rs"]
mod inbound;
#[path = "laws/outbound.rs"]
mod outbound;
