//! The options that all server examples have.

use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroUsize;

use clap::Args;
use driver_tcp_bare::TcpDriver;

/// Where a server listens, and how many clients it accepts.
#[derive(Args, Clone, Copy, Debug)]
pub struct ServerOptions {
    /// The local address to listen on
    #[arg(long, value_name = "ADDR", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub bind: IpAddr,
    /// The port to listen on; 0 lets the kernel pick one
    #[arg(long, value_name = "N", default_value_t = 5999)]
    pub port: u16,
    /// The maximum number of clients at a time; further ones are refused [default: no limit]
    #[arg(long, value_name = "N")]
    pub max_connections: Option<NonZeroUsize>,
    /// The maximum number of clients at a time from one address [default: no limit]
    #[arg(long, value_name = "N")]
    pub max_per_address: Option<NonZeroUsize>,
}

impl ServerOptions {
    /// A TCP driver with these options. A server may set further ones.
    #[must_use]
    pub fn tcp_driver(&self) -> TcpDriver {
        let mut driver = TcpDriver::new().bind_address(self.bind);
        if let Some(most) = self.max_connections {
            driver = driver.max_connections(most.get());
        }
        if let Some(most) = self.max_per_address {
            driver = driver.max_connections_per_address(most.get());
        }
        driver
    }
}
