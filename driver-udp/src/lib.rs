#![doc = include_str!("../README.md")]

mod address;
mod driver;
mod host;
mod io;
mod message;
mod options;
mod shared_port;
mod socket;

pub use address::{UdpAddress, UdpAddressPattern};
pub use driver::udp_driver;
pub use host::UdpHost;
pub use message::{UdpBound, UdpBoundPattern, UdpError, UdpErrorPattern, UdpPacket, UdpPacketPattern};
pub use options::UdpDriver;
