//! Packets that do not arrive, as far as that is known.

use std::io::{self, ErrorKind};
use std::iter;
use std::net::SocketAddr;

use marketplace_core::Reason;

use super::port::Port;
use crate::address::UdpAddress;
use crate::host::OwnAddress;

/// A packet that was not sent, or was refused.
#[derive(Debug)]
pub(crate) struct Undelivered {
    /// Where it was to go.
    pub(crate) remote: UdpAddress,
    pub(crate) reason: Reason,
}

/// The packets of a socket that did not arrive, until that is told.
#[derive(Default)]
pub(super) struct Losses(pub(super) Vec<Undelivered>);

/// How many refusals are taken up in one go.
const BATCH: usize = 64;

impl Losses {
    /// Whether so much has been lost that it is told first.
    pub(super) const fn is_full(&self) -> bool {
        self.0.len() >= BATCH
    }

    pub(super) fn add(&mut self, remote: UdpAddress, reason: Reason) {
        self.0.push(Undelivered { remote, reason });
    }

    /// Takes up what the network has refused; whether there was anything.
    pub(super) fn take_refusals(&mut self, port: &Port) -> bool {
        let before = self.0.len();
        for (remote, error) in iter::from_fn(|| port.next_refusal()).take(BATCH) {
            self.add(remote, Reason::error(error));
        }
        self.0.len() > before
    }

    /// Sends a packet; once more if that fails, since the error may be an earlier packet's, of which nothing more
    /// may be known.
    ///
    /// # Errors
    ///
    /// `Interrupted` if the second error was an earlier packet's too: the packet is to be sent again later.
    pub(super) fn send(
        &mut self,
        port: &Port,
        body: &[u8],
        to: SocketAddr,
        asked: Option<OwnAddress>,
    ) -> io::Result<usize> {
        match port.send(body, to, asked) {
            Err(error) if error.kind() != ErrorKind::WouldBlock => {
                self.take_refusals(port);
                self.send_again(port, body, to, asked)
            }
            sent => sent,
        }
    }

    /// Sends a packet; from any address if the error is its own, since the machine may no longer have the one that
    /// was asked.
    fn send_again(
        &mut self,
        port: &Port,
        body: &[u8],
        to: SocketAddr,
        asked: Option<OwnAddress>,
    ) -> io::Result<usize> {
        match port.send(body, to, asked) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => Err(error),
            // While refusals are left, each batch that is taken up leaves the next one's error to the socket.
            Err(_) if self.take_refusals(port) => Err(ErrorKind::Interrupted.into()),
            Err(_) if asked.is_some() => self.send_again(port, body, to, None),
            sent => sent,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_answer_from_an_address_that_the_machine_no_longer_has_is_sent_all_the_same() -> anyhow::Result<()> {
        let lost = Some(OwnAddress { ip: [192, 0, 2, 77].into(), interface: 0 });
        for wildcard in [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)] {
            let port = Port::new(UdpSocket::bind((wildcard, 0))?, None)?;
            let remote = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
            remote.set_read_timeout(Some(Duration::from_secs(30)))?;
            Losses::default().send(&port, b"answer", remote.local_addr()?, lost)?;
            let mut answer = [0; 6];
            remote.recv(&mut answer)?;
            assert_eq!(&answer, b"answer");
        }
        Ok(())
    }
}
