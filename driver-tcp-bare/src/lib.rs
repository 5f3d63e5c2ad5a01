#![doc = include_str!("../README.md")]

mod admission;
mod connecting;
mod connection;
mod counters;
mod driver;
mod io;
mod listening;
mod message;
mod multiset;
mod name;
mod options;
mod outgoing;
mod pending;
mod sessions;
mod shared_port;
mod state;

pub use counters::TcpCounters;
pub use driver::tcp_driver;
pub use message::{
    TcpAddress, TcpAddressPattern, TcpBound, TcpBoundPattern, TcpChannel, TcpChannelPattern, TcpError,
    TcpErrorPattern, TcpPressure, TcpPressurePattern, TcpSubPacket, TcpSubPacketPattern,
};
pub use options::TcpDriver;
