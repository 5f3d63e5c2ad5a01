#![doc = include_str!("../README.md")]

mod connection;
mod driver;
mod early;
mod io;
mod message;

pub use driver::{TcpDriver, tcp_driver};
pub use message::{
    TcpAddress, TcpAddressPattern, TcpBound, TcpBoundPattern, TcpChannel, TcpChannelPattern, TcpError,
    TcpErrorPattern, TcpSubPacket, TcpSubPacketPattern,
};
