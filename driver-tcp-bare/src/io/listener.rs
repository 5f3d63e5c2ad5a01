//! Listening, and accepting what comes.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use mio::net::{TcpListener, TcpStream};
use socket2::{Domain, Protocol, Socket, Type};
use tracing::{debug, warn};

use crate::message::TcpAddress;
use crate::options::Options;

/// How long accepting pauses when the system refuses it: when descriptors are exhausted, say.
const PAUSE: Duration = Duration::from_millis(100);

/// How many connections are accepted before others go on.
const BATCH: usize = 64;

/// A bound listener: what holds the port, until it is dropped.
pub(super) struct Listener {
    pub(super) socket: TcpListener,
    /// As it was asked for.
    pub(super) local: TcpAddress,
    /// When a pause is over.
    pub(super) deadline: Option<Instant>,
    /// Whether more may wait to be accepted.
    pub(super) is_ready: bool,
}

impl Listener {
    /// Binds a listener; the address it is bound to.
    pub(super) fn bind(port: u16, options: &Options) -> io::Result<(Self, SocketAddr)> {
        let socket = match bind(options.bind_address, port, options.backlog) {
            // A machine without IPv6 still has IPv4.
            Err(error)
                if options.bind_address == Ipv6Addr::UNSPECIFIED && error.kind() != ErrorKind::AddrInUse =>
            {
                bind(Ipv4Addr::UNSPECIFIED.into(), port, options.backlog)?
            }
            bound => bound?,
        };
        let socket = TcpListener::from_std(socket.into());
        let address = canonical(socket.local_addr()?);
        let local = TcpAddress::listener(port);
        Ok((Self { socket, local, deadline: None, is_ready: false }, address))
    }

    /// Accepts what waits, with the peers' addresses.
    pub(super) fn accept(&mut self) -> Vec<(TcpStream, SocketAddr)> {
        let mut accepted = Vec::new();
        while accepted.len() < BATCH && self.has_more() {
            match self.socket.accept() {
                Ok((socket, peer)) => accepted.push((socket, canonical(peer))),
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.is_ready = false,
                Err(error) if is_about_one_connection(&error) => debug!(%error, "a connection is gone"),
                Err(error) => {
                    warn!(%error, "accepting pauses");
                    self.deadline = Some(Instant::now() + PAUSE);
                }
            }
        }
        accepted
    }

    /// Whether it is to be served once more although the system tells of nothing new.
    pub(super) const fn has_more(&self) -> bool {
        self.is_ready && self.deadline.is_none()
    }
}

fn bind(address: IpAddr, port: u16, backlog: u16) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address((address, port).into()), Type::STREAM, Some(Protocol::TCP))?;
    // A port whose last connections still wait for their end can be listened on again.
    socket.set_reuse_address(true)?;
    if address == Ipv6Addr::UNSPECIFIED {
        socket.set_only_v6(false)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&SocketAddr::from((address, port)).into())?;
    socket.listen(backlog.into())?;
    Ok(socket)
}

/// An IPv4 address as such, also where a socket for both has it as one of IPv6.
pub(super) fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

fn is_about_one_connection(error: &io::Error) -> bool {
    use ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}
