//! The sockets: the only place that knows async-std.

mod bind;
mod controls;
mod lookup;
#[cfg(target_os = "linux")]
mod refusal;
#[cfg(not(target_os = "linux"))]
#[path = "io/no_refusal.rs"]
mod refusal;
mod traffic;

pub(crate) use bind::{Bound, bind};
pub(crate) use controls::{Controls, Sent};
pub(crate) use traffic::{Activity, Undelivered};
