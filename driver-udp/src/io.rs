//! The sockets: the only place that knows async-std.

mod bind;
mod controls;
mod lookup;
#[cfg_attr(target_os = "linux", path = "io/refusal.rs")]
#[cfg_attr(not(target_os = "linux"), path = "io/no_refusal.rs")]
mod refusal;
mod traffic;

pub(crate) use bind::{Bound, bind};
pub(crate) use controls::{Controls, Sent};
pub(crate) use traffic::{Activity, Undelivered};
