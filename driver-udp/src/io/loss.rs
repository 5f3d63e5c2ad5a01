//! Packets that are known not to arrive: those that could not be sent, and those that were refused.

use std::io::{self, ErrorKind};
use std::iter;
use std::net::SocketAddr;

use marketplace_core::Reason;

use super::port::Port;
use crate::address::UdpAddress;
use crate::host::LocalAddress;

/// A packet that could not be sent, or was refused.
#[derive(Debug)]
pub(crate) struct Undelivered {
    /// The destination of the packet.
    pub(crate) remote: UdpAddress,
    pub(crate) reason: Reason,
}

/// The packets of a socket that did not arrive and have not been reported yet.
#[derive(Default)]
pub(super) struct Losses(pub(super) Vec<Undelivered>);

/// How many refusals are read from the system at a time.
const BATCH: usize = 64;

impl Losses {
    /// Whether the losses must be reported before anything else is sent.
    pub(super) const fn is_full(&self) -> bool {
        self.0.len() >= BATCH
    }

    pub(super) fn add(&mut self, remote: UdpAddress, reason: Reason) {
        self.0.push(Undelivered { remote, reason });
    }

    /// Reads a batch of refusals from the system, and returns whether there was one.
    pub(super) fn take_refusals(&mut self, port: &Port) -> bool {
        let before = self.0.len();
        for (remote, error) in iter::from_fn(|| port.next_refusal()).take(BATCH) {
            self.add(remote, Reason::error(error));
        }
        self.0.len() > before
    }

    /// Sends a packet. If that fails, tries once more, because the system may have reported the error of an earlier
    /// packet.
    ///
    /// # Errors
    ///
    /// `Interrupted` if the second error was that of an earlier packet too. The packet must be sent again later.
    pub(super) fn send(
        &mut self,
        port: &Port,
        body: &[u8],
        to: SocketAddr,
        reply_from: Option<LocalAddress>,
    ) -> io::Result<usize> {
        match port.send(body, to, reply_from) {
            Err(error) if error.kind() != ErrorKind::WouldBlock => {
                self.take_refusals(port);
                self.send_again(port, body, to, reply_from)
            }
            sent => sent,
        }
    }

    /// Sends a packet. If it fails because of an error of its own, tries again from any address, because the machine
    /// may no longer have the address `reply_from`.
    fn send_again(
        &mut self,
        port: &Port,
        body: &[u8],
        to: SocketAddr,
        reply_from: Option<LocalAddress>,
    ) -> io::Result<usize> {
        match port.send(body, to, reply_from) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => Err(error),
            // The error belongs to a further refusal: after each batch, the system sets the next one's error on the
            // socket.
            Err(_) if self.take_refusals(port) => Err(ErrorKind::Interrupted.into()),
            Err(_) if reply_from.is_some() => self.send_again(port, body, to, None),
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
    fn an_answer_from_an_address_that_the_machine_no_longer_has_is_sent_from_another() -> anyhow::Result<()> {
        let lost = Some(LocalAddress { ip: [192, 0, 2, 77].into(), interface: 0 });
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
