//! The conventions of every server example.

use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;

use anyhow::Context as _;
use clap::Args;
use driver_tcp_bare::{TcpAddress, TcpBound, TcpDriver, TcpError};
use driver_udp::{UdpAddress, UdpBound, UdpError};
use marketplace_core::{Context, Pattern, topic};

/// Where a server listens, and how many clients it has.
#[derive(Args, Clone, Copy, Debug)]
pub struct ServerOptions {
    /// The local address to listen on
    #[arg(long, value_name = "ADDR", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub bind: IpAddr,
    /// The port to listen on; 0 lets the kernel pick one
    #[arg(long, value_name = "N", default_value_t = 5999)]
    pub port: u16,
    /// The most clients at a time; further ones are turned away [default: no limit]
    #[arg(long, value_name = "N")]
    pub max_connections: Option<NonZeroUsize>,
    /// The most clients at a time from one address [default: no limit]
    #[arg(long, value_name = "N")]
    pub max_per_address: Option<NonZeroUsize>,
}

impl ServerOptions {
    /// A TCP driver with these options; a server may give it further ones.
    #[must_use]
    pub fn tcp_driver(&self) -> TcpDriver {
        let mut driver = TcpDriver::new().bind_address(self.bind);
        if let Some(most) = self.max_connections {
            driver = driver.most_connections(most.get());
        }
        if let Some(most) = self.max_per_address {
            driver = driver.most_connections_per_address(most.get());
        }
        driver
    }
}

/// Prints `listening on ADDR:PORT` once a TCP listener is bound; fails the process if one of the two cannot be
/// done.
pub fn announce_tcp<S: 'static>(cx: &mut Context<'_, S>, listener: &TcpAddress) {
    cx.observe_publishers(topic!(TcpBound { listener: listener, address: _ }))
        .on_presence(|_, _, bound| bound.conversation.address.value().map_or(Ok(()), print_address));
    cx.subscriber(topic!(TcpError { local: listener, remote: None, .. }))
        .on_message(|_, _, error| error.reason.clone().into_result());
}

/// The same of a UDP listener.
pub fn announce_udp<S: 'static>(cx: &mut Context<'_, S>, listener: &UdpAddress) {
    cx.observe_publishers(topic!(UdpBound { local: listener, address: _ }))
        .on_presence(|_, _, bound| bound.conversation.address.value().map_or(Ok(()), print_address));
    cx.subscriber(topic!(UdpError { local: listener, remote: None, .. }))
        .on_message(|_, _, error| error.reason.clone().into_result());
}

/// Prints `listening on ADDR:PORT`.
///
/// # Errors
///
/// That of standard output.
pub fn print_address(address: SocketAddr) -> anyhow::Result<()> {
    writeln!(io::stdout(), "listening on {address}").context("cannot write standard output")
}
