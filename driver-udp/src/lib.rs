#![doc = include_str!("../README.md")]

mod driver;
mod io;
mod message;
mod options;
mod socket;

pub use message::{
    UdpAddress, UdpAddressPattern, UdpBound, UdpBoundPattern, UdpError, UdpErrorPattern, UdpHost, UdpPacket,
    UdpPacketPattern,
};
pub use options::{UdpDriver, udp_driver};
