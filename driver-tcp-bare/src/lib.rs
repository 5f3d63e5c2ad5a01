#![doc = include_str!("../README.md")]

mod admission;
mod connecting;
mod connection;
mod counters;
mod driver;
mod early;
mod io;
mod listening;
mod message;
mod name;
mod options;
mod outgoing;
mod sessions;
mod shared_port;
mod state;
mod tally;

pub use counters::TcpCounters;
pub use driver::tcp_driver;
pub use message::{
    TcpAddress, TcpAddressPattern, TcpBound, TcpBoundPattern, TcpChannel, TcpChannelPattern, TcpError,
    TcpErrorPattern, TcpPressure, TcpPressurePattern, TcpSubPacket, TcpSubPacketPattern,
};
pub use options::TcpDriver;
