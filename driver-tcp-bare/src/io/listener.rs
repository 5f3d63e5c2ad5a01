//! Binding a listener, and accepting its connections.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use mio::net::{TcpListener, TcpStream};
use socket2::{Domain, Protocol, Socket, Type};
use tracing::{debug, warn};

use crate::message::TcpAddress;
use crate::options::Options;
use crate::shared_port::{Bound, Picked};

/// How long the listener waits after `accept` fails, for example because no file descriptors are left.
const PAUSE: Duration = Duration::from_millis(100);

/// The largest number of connections that are accepted before other sockets are served.
const BATCH: usize = 64;

/// A bound listening socket. It keeps the port until it is dropped.
pub(super) struct Listener {
    pub(super) socket: TcpListener,
    /// The address with the port that the program requested.
    pub(super) local: TcpAddress,
    /// The end of the wait after a failed `accept`.
    pub(super) deadline: Option<Instant>,
    /// Whether more connections may wait to be accepted.
    pub(super) is_ready: bool,
    /// Keeps a shared port that the kernel picked in use. It must be dropped after the socket.
    _picked: Option<Picked>,
}

impl Listener {
    /// Binds a listener, and returns the address that it is bound to.
    pub(super) fn bind(port: u16, options: &Options) -> io::Result<(Self, SocketAddr)> {
        let ((socket, address), picked) = match &options.shared_port {
            Some(shared) if port == 0 => {
                let (bound, picked) = shared.pick(|port| bind(port, options))?;
                (bound, Some(picked))
            }
            _ => (bind(port, options)?, None),
        };
        let local = TcpAddress::listener(port);
        Ok((Self { socket, local, deadline: None, is_ready: false, _picked: picked }, address))
    }

    /// Accepts waiting connections, and returns them with the peers' addresses.
    pub(super) fn accept(&mut self) -> Vec<(TcpStream, SocketAddr)> {
        let mut accepted = Vec::new();
        while accepted.len() < BATCH && self.has_more() {
            match self.socket.accept() {
                Ok((socket, peer)) => accepted.push((socket, canonical(peer))),
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.is_ready = false,
                Err(error) if is_about_one_connection(&error) => {
                    debug!(%error, "a connection was closed before it was accepted");
                }
                Err(error) => {
                    warn!(listener = %self.local, %error, retry_in = ?PAUSE, "cannot accept connections");
                    self.deadline = Some(Instant::now() + PAUSE);
                }
            }
        }
        accepted
    }

    /// Whether the listener must be served again without a new report of the poller.
    pub(super) const fn has_more(&self) -> bool {
        self.is_ready && self.deadline.is_none()
    }
}

/// Binds a socket that listens, and returns the address that it is bound to.
fn bind(port: u16, options: &Options) -> io::Result<Bound<TcpListener>> {
    let socket = match bind_to(options.bind_address, port, options) {
        // On a machine without IPv6, listen on IPv4 only.
        Err(error)
            if options.bind_address == Ipv6Addr::UNSPECIFIED && error.kind() != ErrorKind::AddrInUse =>
        {
            bind_to(Ipv4Addr::UNSPECIFIED.into(), port, options)?
        }
        bound => bound?,
    };
    let socket = TcpListener::from_std(socket.into());
    let address = canonical(socket.local_addr()?);
    Ok((socket, address))
}

fn bind_to(address: IpAddr, port: u16, options: &Options) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address((address, port).into()), Type::STREAM, Some(Protocol::TCP))?;
    // Allows to listen on a port that still has connections in TIME_WAIT.
    socket.set_reuse_address(true)?;
    if options.shared_port.is_some() {
        share_port(&socket)?;
    }
    if address == Ipv6Addr::UNSPECIFIED {
        socket.set_only_v6(false)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&SocketAddr::from((address, port)).into())?;
    socket.listen(options.backlog.into())?;
    Ok(socket)
}

#[cfg(not(any(target_os = "solaris", target_os = "illumos", target_os = "cygwin")))]
fn share_port(socket: &Socket) -> io::Result<()> {
    socket.set_reuse_port(true)
}

#[cfg(any(target_os = "solaris", target_os = "illumos", target_os = "cygwin"))]
fn share_port(_: &Socket) -> io::Result<()> {
    Err(io::Error::new(ErrorKind::Unsupported, "this system cannot share a port (SO_REUSEPORT)"))
}

/// Converts an IPv4-mapped IPv6 address, as a socket for both families reports it, to the IPv4 address.
pub(super) fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

fn is_about_one_connection(error: &io::Error) -> bool {
    use ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}
