//! The sockets. Only this module names the async runtime, socket2 and nix.

mod bind;
mod controls;
mod lookup;
mod loss;
#[cfg(target_os = "linux")]
mod packet_info;
#[cfg(not(target_os = "linux"))]
#[path = "io/no_packet_info.rs"]
mod packet_info;
mod port;
mod queue;
mod reception;
#[cfg(target_os = "linux")]
mod refusal;
#[cfg(not(target_os = "linux"))]
#[path = "io/no_refusal.rs"]
mod refusal;
mod runtime;
#[cfg(target_os = "linux")]
mod storage;
mod traffic;

pub(crate) use controls::{Controls, Sent};
pub(crate) use loss::Undelivered;
pub(crate) use traffic::Activity;
