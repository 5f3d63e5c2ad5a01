//! The listening socket, and what a browser needs to reach it.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

use anyhow::Context as _;
use async_io::Async;
use tracing::warn;

use super::clock::wait;
use super::token::Token;
use crate::message::Inspecting;
use crate::options::Options;

pub(super) struct Listener {
    socket: Async<TcpListener>,
    pub(super) address: SocketAddr,
    /// The token that requests must have, if one is needed.
    pub(super) token: Option<Token>,
}

impl Listener {
    /// Binds the address.
    pub(super) fn bind(options: &Options) -> anyhow::Result<Self> {
        let asked = options.address;
        let token = match &options.token {
            Some(token) => Some(Token::given(Arc::clone(token))?),
            None if asked.ip().to_canonical().is_loopback() => None,
            None => Some(Token::random()?),
        };
        let socket =
            Async::<TcpListener>::bind(asked).with_context(|| format!("cannot listen on {asked}"))?;
        let address = socket.get_ref().local_addr().context("cannot read the page's address")?;
        Ok(Self { socket, address, token })
    }

    /// What the driver publishes.
    pub(super) fn inspecting(&self) -> Inspecting {
        let mut reached = self.address;
        // If it is bound to all addresses, a browser on this machine can use loopback.
        if reached.ip().is_unspecified() {
            reached.set_ip(if reached.is_ipv4() {
                Ipv4Addr::LOCALHOST.into()
            } else {
                Ipv6Addr::LOCALHOST.into()
            });
        }
        let query = self.token.as_ref().map(Token::query).unwrap_or_default();
        Inspecting { address: self.address, url: format!("http://{reached}/{query}").into() }
    }

    /// The next connection.
    pub(super) async fn accept(&self) -> Async<TcpStream> {
        loop {
            match self.socket.accept().await {
                Ok((socket, _)) => return socket,
                Err(error) => {
                    // The browser has closed the connection already, or no file descriptors are left.
                    warn!(%error, "cannot accept a connection");
                    wait(super::server::PAUSE).await;
                }
            }
        }
    }
}
