//! Plain sockets as the driver's peers. None of their operations waits forever.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

use anyhow::Context as _;
use driver_udp::UdpAddress;

use marketplace_testing::TIMEOUT;

/// A socket on a port that the kernel picks.
pub(crate) struct Remote(UdpSocket);

impl Remote {
    pub(crate) fn bind() -> anyhow::Result<Self> {
        Self::bind_to(Ipv4Addr::LOCALHOST)
    }

    pub(crate) fn bind_to(ip: impl Into<IpAddr>) -> anyhow::Result<Self> {
        let socket = UdpSocket::bind(SocketAddr::new(ip.into(), 0))?;
        socket.set_read_timeout(Some(TIMEOUT))?;
        socket.set_write_timeout(Some(TIMEOUT))?;
        Ok(Self(socket))
    }

    pub(crate) fn socket(&self) -> &UdpSocket {
        &self.0
    }

    pub(crate) fn address(&self) -> anyhow::Result<UdpAddress> {
        Ok(self.0.local_addr()?.into())
    }

    pub(crate) fn port(&self) -> anyhow::Result<u16> {
        Ok(self.0.local_addr()?.port())
    }

    pub(crate) fn send(&self, body: &[u8], to: SocketAddr) -> anyhow::Result<()> {
        let sent = self.0.send_to(body, to).context("cannot send")?;
        anyhow::ensure!(sent == body.len(), "only a part is sent");
        Ok(())
    }

    /// Receives a packet. Returns its body and its sender.
    pub(crate) fn receive(&self) -> anyhow::Result<(Vec<u8>, SocketAddr)> {
        let mut body = vec![0; 65_536];
        let (length, from) = self.0.recv_from(&mut body).context("no packet was received")?;
        body.truncate(length);
        Ok((body, from))
    }
}
