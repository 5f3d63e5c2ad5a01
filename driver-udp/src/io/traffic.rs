//! A socket, as an event source.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::iter;
use std::mem;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, UdpSocket};
use std::pin::Pin;
use std::sync::Weak;
use std::task::{Context, Poll};

use async_io::Async;
use bytes::Bytes;
use futures::Stream;
use marketplace_core::Reason;
use tracing::debug;

use super::bind::canonical;
use super::controls::{Asked, Controls, Outgoing};
use super::lookup::Lookups;
use super::refusal;
use crate::message::{Host, UdpAddress};

/// How many packets are received, and how many are sent, before others go on.
const BATCH: usize = 64;

/// More than the longest packet.
const SCRATCH: usize = 64 * 1024;

thread_local! {
    /// Where all sockets receive to; no idle socket holds a buffer.
    static SCRATCH_BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; SCRATCH]);
}

/// What a socket's source yields.
#[derive(Debug)]
pub(crate) enum Activity {
    /// Packets came: from where, and what they carry.
    Received(Vec<(SocketAddr, Bytes)>),
    /// Packets were not sent, or were refused.
    Undelivered(Vec<Undelivered>),
    /// No more will come, since the program stops.
    Stopped,
    /// The socket is of no use any more.
    Failed(Reason),
}

/// A packet that was not sent, or was refused.
#[derive(Debug)]
pub(crate) struct Undelivered {
    /// Where it was to go.
    pub(crate) remote: UdpAddress,
    pub(crate) reason: Reason,
}

/// A socket as a stream: it sends what is queued, then receives, unless what it has received before is still
/// on its way.
pub(super) struct Traffic {
    socket: Weak<Async<UdpSocket>>,
    /// What the socket is bound to.
    local: IpAddr,
    controls: Controls,
    lookups: Lookups,
    /// What goes to the socket next.
    ready: VecDeque<(SocketAddr, Outgoing)>,
    received: Vec<(SocketAddr, Bytes)>,
    undelivered: Vec<Undelivered>,
    /// Whether that has been told.
    has_stopped: bool,
}

/// What has been asked of the socket.
struct Asking {
    is_stopping: bool,
    is_closing: bool,
    is_delivering: bool,
}

impl Stream for Traffic {
    type Item = Activity;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Activity>> {
        let Some(socket) = self.socket.upgrade() else { return Poll::Ready(None) };
        let Asking { is_stopping, is_closing, is_delivering } = self.take_up(cx);
        self.follow_lookups(cx);
        self.send(&socket, cx);
        if is_delivering {
            return Poll::Pending;
        }
        if !is_stopping
            && !is_closing
            && let Err(error) = self.receive(&socket, cx)
        {
            return Poll::Ready(Some(Activity::Failed(Reason::error(error))));
        }
        if let Some(activity) = self.activity(is_stopping) {
            self.controls.lock().is_delivering = true;
            return Poll::Ready(Some(activity));
        }
        if is_closing && self.controls.is_done() { Poll::Ready(None) } else { Poll::Pending }
    }
}

impl Traffic {
    pub(super) fn new(socket: Weak<Async<UdpSocket>>, local: IpAddr, controls: Controls) -> Self {
        Self {
            socket,
            local,
            controls,
            lookups: Lookups::default(),
            ready: VecDeque::new(),
            received: Vec::new(),
            undelivered: Vec::new(),
            has_stopped: false,
        }
    }

    /// Takes a batch from the queue, and what else has been asked.
    fn take_up(&mut self, cx: &mut Context<'_>) -> Asking {
        let controls = self.controls.clone();
        let mut asked = controls.lock();
        asked.waker = Some(cx.waker().clone());
        while self.ready.len() + self.undelivered.len() < BATCH
            && let Some(packet) = asked.outgoing.pop_front()
        {
            match packet.host.host() {
                Host::Ip(ip) => self.ready.push_back((SocketAddr::new(*ip, packet.port), packet)),
                Host::Name(name) => self.lookups.wait(&name.clone(), packet),
            }
        }
        if asked.outgoing.is_empty() {
            // An idle socket holds no memory for its queue.
            asked.outgoing.shrink_to(0);
        }
        let Asked { is_stopping, is_closing, is_delivering, .. } = *asked;
        Asking { is_stopping, is_closing, is_delivering }
    }

    /// Packets whose host has been found go on; the others are lost.
    fn follow_lookups(&mut self, cx: &mut Context<'_>) {
        while let Poll::Ready((found, packets)) = self.lookups.poll_next(cx) {
            let address = found.and_then(|found| self.choose(found)).map_err(Reason::error);
            for packet in packets {
                match &address {
                    Ok(address) => {
                        let mut address = *address;
                        address.set_port(packet.port);
                        self.ready.push_back((address, packet));
                    }
                    Err(reason) => self.lose(&packet, reason.clone()),
                }
            }
        }
    }

    /// The first address that the socket can send to.
    fn choose(&self, found: Vec<SocketAddr>) -> io::Result<SocketAddr> {
        let local = self.local;
        let is_reachable =
            |address: &SocketAddr| local == Ipv6Addr::UNSPECIFIED || local.is_ipv6() == address.is_ipv6();
        found.into_iter().find(is_reachable).ok_or_else(|| {
            io::Error::new(ErrorKind::NotFound, format!("the name has no address to send to from {local}"))
        })
    }

    /// Sends a batch, as far as the socket takes it.
    fn send(&mut self, socket: &Async<UdpSocket>, cx: &mut Context<'_>) {
        for _ in 0..BATCH {
            let Some((address, packet)) = self.ready.pop_front() else { return };
            match self.send_one(socket.get_ref(), address, &packet.body) {
                Ok(_) => self.controls.lock().release(packet.cost()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.ready.push_front((address, packet));
                    if socket.poll_writable(cx).is_pending() {
                        return;
                    }
                }
                // It was an earlier packet's.
                Err(_) if self.take_refusals(socket.get_ref()) => self.ready.push_front((address, packet)),
                Err(error) => self.lose(&packet, Reason::error(error)),
            }
        }
        cx.waker().wake_by_ref();
    }

    /// Sends a packet; again if that fails, since an earlier one's error, of which nothing more may be known, is
    /// told once.
    fn send_one(&mut self, socket: &UdpSocket, address: SocketAddr, body: &[u8]) -> io::Result<usize> {
        let address = self.native(address);
        match socket.send_to(body, address) {
            Err(error) if error.kind() != ErrorKind::WouldBlock => {
                self.take_refusals(socket);
                socket.send_to(body, address)
            }
            sent => sent,
        }
    }

    /// Receives a batch, as far as there is one.
    fn receive(&mut self, socket: &Async<UdpSocket>, cx: &mut Context<'_>) -> io::Result<()> {
        SCRATCH_BUFFER.with_borrow_mut(|scratch| {
            let mut failures = 0;
            for _ in 0..BATCH {
                match socket.get_ref().recv_from(scratch) {
                    Ok((count, address)) => {
                        self.received.push((canonical(address), Bytes::copy_from_slice(&scratch[..count])));
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {
                        let is_idle = self.received.is_empty() && self.undelivered.is_empty();
                        if !is_idle || socket.poll_readable(cx).is_pending() {
                            return Ok(());
                        }
                    }
                    Err(_) if self.take_refusals(socket.get_ref()) => {}
                    // It was an earlier packet's, it is not known which; unless it comes again and again.
                    Err(error) => {
                        debug!(bound_to = %self.local, %error, "a packet was refused");
                        failures += usize::from(!is_about_one_packet(&error));
                        if failures == BATCH {
                            return Err(error);
                        }
                    }
                }
            }
            cx.waker().wake_by_ref();
            Ok(())
        })
    }

    /// Takes up what the network has refused; whether there was anything.
    fn take_refusals(&mut self, socket: &UdpSocket) -> bool {
        let before = self.undelivered.len();
        for (address, error) in iter::from_fn(|| refusal::next(socket)).take(BATCH) {
            let remote = canonical(address).into();
            self.undelivered.push(Undelivered { remote, reason: Reason::error(error) });
        }
        self.undelivered.len() > before
    }

    fn lose(&mut self, packet: &Outgoing, reason: Reason) {
        self.controls.lock().release(packet.cost());
        self.undelivered.push(Undelivered { remote: packet.remote(), reason });
    }

    /// A socket for both has an IPv4 address as one of IPv6.
    const fn native(&self, address: SocketAddr) -> SocketAddr {
        match address {
            SocketAddr::V4(v4) if self.local.is_ipv6() => {
                SocketAddr::new(IpAddr::V6(v4.ip().to_ipv6_mapped()), v4.port())
            }
            address => address,
        }
    }

    /// What there is to yield.
    fn activity(&mut self, is_stopping: bool) -> Option<Activity> {
        if !self.received.is_empty() {
            Some(Activity::Received(mem::take(&mut self.received)))
        } else if !self.undelivered.is_empty() {
            Some(Activity::Undelivered(mem::take(&mut self.undelivered)))
        } else {
            let stops = is_stopping && !mem::replace(&mut self.has_stopped, true);
            stops.then_some(Activity::Stopped)
        }
    }
}

/// Where refusals have no queue of their own they come this way.
fn is_about_one_packet(error: &io::Error) -> bool {
    use ErrorKind::{ConnectionRefused, ConnectionReset, HostUnreachable, Interrupted, NetworkUnreachable};
    matches!(
        error.kind(),
        ConnectionRefused | ConnectionReset | HostUnreachable | Interrupted | NetworkUnreachable
    )
}
