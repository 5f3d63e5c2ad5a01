//! The laws of a driver, checked on the TCP driver. Its two services are listeners and outbound connections.

#![cfg(target_os = "linux")]

#[path = "laws/inbound.rs"]
mod inbound;
#[path = "laws/outbound.rs"]
mod outbound;
