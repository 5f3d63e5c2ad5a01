#![doc = include_str!("../README.md")]

// The messages of the link, and the frames between two grounds.
mod error;
mod frame;
mod ground;
mod message;
mod shared;

// Transports and their encoding.
#[cfg(feature = "codec")]
mod codec;
#[cfg(feature = "zenoh")]
mod io;
mod threads;
mod transport;

// The process that joins a ground with others.
mod hub;
mod link;

#[cfg(feature = "codec")]
pub use codec::{Codec, CodecLimits, Packets};
pub use error::{Cause, LinkLost};
pub use frame::{Batch, Frame, Hello};
pub use ground::GroundId;
pub use link::Link;
pub use message::{LinkError, LinkErrorPattern, LinkPressure, LinkPressurePattern, Linked, LinkedPattern};
pub use shared::{Shared, SharedType, SharedTypes};
pub use threads::Threads;
pub use transport::{Receipt, Transport, TransportEvent, TransportEvents, TransportSender, TransportStart};

#[cfg(feature = "zenoh")]
pub use io::Zenoh;
/// Zenoh's configuration, for [`Zenoh::config`].
#[cfg(feature = "zenoh")]
pub use zenoh::Config as ZenohConfig;
