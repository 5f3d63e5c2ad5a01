//! I/O: the transport over a network.

mod zenoh;

pub use zenoh::Zenoh;
