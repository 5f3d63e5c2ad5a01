#![doc = include_str!("../README.md")]

mod admission;
mod connection;
mod connector;
mod counters;
mod driver;
mod early;
mod io;
mod listener;
mod message;
mod options;

pub use counters::TcpCounters;
pub use message::{
    TcpAddress, TcpAddressPattern, TcpBound, TcpBoundPattern, TcpChannel, TcpChannelPattern, TcpError,
    TcpErrorPattern, TcpPressure, TcpPressurePattern, TcpSubPacket, TcpSubPacketPattern,
};
pub use options::{TcpDriver, tcp_driver};
