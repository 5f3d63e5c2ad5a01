#![doc = include_str!("../README.md")]

// The words: what a link says, and what two grounds tell each other.
mod error;
mod frame;
mod ground;
mod message;
mod shared;

// What carries it.
mod carrier;
#[cfg(feature = "codec")]
mod codec;
#[cfg(feature = "zenoh")]
mod io;
mod threads;

// What joins them: a process for each ground.
mod hub;
mod link;

pub use carrier::{Arrival, Arrivals, Carrier, Outward, Receipt, Start};
#[cfg(feature = "codec")]
pub use codec::{Codec, CodecLimits, Packets};
pub use error::{Cause, LinkLost};
pub use frame::{Batch, Frame, Hello};
pub use ground::GroundId;
pub use link::Link;
pub use message::{LinkError, LinkErrorPattern, LinkPressure, LinkPressurePattern, Linked, LinkedPattern};
pub use shared::{Shared, SharedType, SharedTypes};
pub use threads::Threads;

#[cfg(feature = "zenoh")]
pub use io::Zenoh;
/// Zenoh's configuration, for [`Zenoh::config`].
#[cfg(feature = "zenoh")]
pub use zenoh::Config as ZenohConfig;
