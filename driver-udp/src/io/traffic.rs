//! The state of a socket: its queue, its look-ups, and the events that it has to report.

use std::io::{self, ErrorKind};
use std::mem;
use std::net::SocketAddr;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use marketplace_core::{Reason, TakeOnce};

use super::lookup::Lookups;
use super::loss::{Losses, Undelivered};
use super::port::Port;
use super::queue::{Outgoing, Queue};
use super::reception::{Received, receive};
use crate::host::{Location, UdpHost};

/// The largest number of queued packets that are sent before other sockets are served.
const BATCH: usize = 64;

/// An event of a socket's event source.
#[derive(Debug)]
pub(crate) enum Activity {
    /// Packets were received.
    Received(TakeOnce<Received>),
    /// Packets could not be sent, or were refused.
    Undelivered(Vec<Undelivered>),
    /// The program stops, and nothing more is received.
    Stopped,
    /// The socket cannot be used any more.
    Failed(Reason),
}

/// The state of a socket, from before it is bound until after it is closed.
pub(super) struct Traffic {
    /// The bound socket, while it is bound.
    pub(super) port: Option<Port>,
    pub(super) queue: Queue,
    lookups: Lookups,
    losses: Losses,
    /// Whether nothing more is received, because the program stops.
    pub(super) is_stopping: bool,
    /// Whether `Activity::Stopped` has been emitted.
    has_stopped: bool,
    /// Whether the socket closes after all packets are sent.
    pub(super) is_closing: bool,
    /// Whether the last event is still being delivered.
    pub(super) is_delivering: bool,
    waker: Option<Waker>,
}

impl Traffic {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            port: None,
            queue: Queue::new(limit),
            lookups: Lookups::default(),
            losses: Losses::default(),
            is_stopping: false,
            has_stopped: false,
            is_closing: false,
            is_delivering: false,
            waker: None,
        }
    }

    /// Sends a packet at once, unless others are queued before it, or it needs a look-up. Returns whether it was sent.
    pub(super) fn send(&mut self, host: &UdpHost, port: u16, body: &Bytes) -> bool {
        let Some(open) = &self.port else { return false };
        let Some(address) = host.location().at(port) else { return false };
        if !self.queue.is_empty() || self.losses.is_full() {
            return false;
        }
        let is_sent = self.losses.send(open, body, address, host.reply_from()).is_ok();
        if !self.losses.0.is_empty() {
            self.wake();
        }
        is_sent
    }

    /// Makes the ground poll the event source.
    pub(super) fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// Sends queued packets, then receives, unless the last event is still being delivered.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Activity>> {
        if !self.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            self.waker = Some(cx.waker().clone());
        }
        self.flush(cx);
        self.finish_lookups(cx);
        let Some(port) = &self.port else { return Poll::Ready(None) };
        if self.is_delivering {
            return Poll::Pending;
        }
        let mut received = Vec::new();
        if !self.is_stopping && !self.is_closing {
            match receive(port, &mut self.losses, cx) {
                Ok(packets) => received = packets,
                Err(error) => return Poll::Ready(Some(Activity::Failed(Reason::error(error)))),
            }
        }
        if let Some(activity) = self.activity(received) {
            self.is_delivering = true;
            return Poll::Ready(Some(activity));
        }
        if self.is_closing && self.queue.is_done() { Poll::Ready(None) } else { Poll::Pending }
    }

    /// Sends a batch of queued packets, as many as the socket accepts.
    fn flush(&mut self, cx: &mut Context<'_>) {
        for _ in 0..BATCH {
            if self.losses.is_full() {
                return;
            }
            let Some(packet) = self.queue.pop() else { return };
            if self.send_waiting(packet, cx).is_pending() {
                return;
            }
        }
        cx.waker().wake_by_ref();
    }

    /// Sends a queued packet, or makes it wait further. Pending if the socket accepts no packet now.
    fn send_waiting(&mut self, packet: Outgoing, cx: &mut Context<'_>) -> Poll<()> {
        let Some(port) = &self.port else { return Poll::Pending };
        let Some(address) = packet.address() else {
            if let Location::Name(name) = packet.host.location() {
                self.lookups.wait(&name.clone(), packet);
            }
            return Poll::Ready(());
        };
        match self.losses.send(port, &packet.body, address, packet.host.reply_from()) {
            Ok(_) => self.queue.release(&packet),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.queue.put_back(packet);
                return port.poll_writable(cx).map(|_| ());
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => self.queue.put_back(packet),
            Err(error) => self.lose(&packet, Reason::error(error)),
        }
        Poll::Ready(())
    }

    /// Queues the packets whose hosts have been found, and reports those whose look-up failed.
    fn finish_lookups(&mut self, cx: &mut Context<'_>) {
        while let Poll::Ready((found, packets)) = self.lookups.poll_next(cx) {
            let address = found.and_then(|found| self.choose(&found)).map_err(Reason::error);
            for packet in packets {
                match &address {
                    Ok(address) => {
                        let found = SocketAddr::new(address.ip(), packet.port);
                        self.queue.requeue(Outgoing { found: Some(found), ..packet });
                    }
                    Err(reason) => self.lose(&packet, reason.clone()),
                }
            }
            cx.waker().wake_by_ref();
        }
    }

    /// The first address that the socket can send to.
    fn choose(&self, found: &[SocketAddr]) -> io::Result<SocketAddr> {
        let Some(port) = &self.port else { return Err(ErrorKind::NotConnected.into()) };
        found.iter().find(|address| port.reaches(address)).copied().ok_or_else(|| {
            let local = port.address().ip();
            io::Error::new(
                ErrorKind::NotFound,
                format!("the name has no address that a socket bound to {local} can reach"),
            )
        })
    }

    fn lose(&mut self, packet: &Outgoing, reason: Reason) {
        self.queue.release(packet);
        self.losses.add(packet.remote(), reason);
    }

    /// The next event, if there is one.
    fn activity(&mut self, received: Received) -> Option<Activity> {
        if !received.is_empty() {
            Some(Activity::Received(TakeOnce::new(received)))
        } else if !self.losses.0.is_empty() {
            Some(Activity::Undelivered(mem::take(&mut self.losses.0)))
        } else {
            let stops = self.is_stopping && !mem::replace(&mut self.has_stopped, true);
            stops.then_some(Activity::Stopped)
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::future::poll_fn;
    use std::net::{Ipv4Addr, UdpSocket};
    use std::time::Duration;

    use async_std::{future, task};

    use super::*;
    use crate::address::UdpAddress;
    use crate::host::LocalAddress;

    const DEADLINE: Duration = Duration::from_secs(30);

    /// A socket for all addresses whose error queue has at least `count` refusals, and the destination of the refused
    /// packets.
    fn refused(count: usize) -> anyhow::Result<(Traffic, UdpAddress)> {
        // Connected to itself, so it refuses packets from others, and keeps its port in use.
        let closed = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = closed.local_addr()?;
        closed.connect(address)?;
        let port = Port::new(UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?, None)?;
        // Each refusal makes the next send fail. The last refusal makes the sending of the answer fail.
        let sent = (1..2 * count).filter(|_| port.send(b"refused", address, None).is_ok()).count();
        anyhow::ensure!(sent >= count, "{sent} packets were sent");
        Ok((Traffic { port: Some(port), ..Traffic::new(1024) }, address.into()))
    }

    /// Sends the queued packets, and closes. Returns the destinations of packets that did not arrive.
    async fn finish(traffic: &mut Traffic) -> Vec<UdpAddress> {
        let mut lost = Vec::new();
        traffic.is_closing = true;
        while let Some(activity) = poll_fn(|cx| traffic.poll_next(cx)).await {
            if let Activity::Undelivered(packets) = activity {
                lost.extend(packets.into_iter().map(|packet| packet.remote));
            }
            traffic.is_delivering = false;
        }
        lost
    }

    #[test]
    fn an_answer_is_sent_from_the_address_of_the_question_with_any_number_of_refusals() -> anyhow::Result<()>
    {
        let reply_from = LocalAddress { ip: [127, 0, 0, 2].into(), interface: 0 };
        for count in [1, BATCH, BATCH + 1, 2 * BATCH, 2 * BATCH + 1, 3 * BATCH + 1] {
            let (mut traffic, closed) = refused(count)?;
            let client = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
            client.set_read_timeout(Some(DEADLINE))?;
            let address = client.local_addr()?;
            let (host, body) = (UdpHost::of_sender(address, Some(reply_from)), Bytes::from("answer"));
            if !traffic.send(&host, address.port(), &body) {
                assert!(traffic.queue.push(Outgoing { host, port: address.port(), found: None, body }));
            }
            let lost = task::block_on(future::timeout(DEADLINE, finish(&mut traffic)))?;
            assert!(
                lost.iter().all(|remote| *remote == closed),
                "after {count} refusals the answer was lost"
            );
            let mut answer = [0; 6];
            let (_, from) = client.recv_from(&mut answer)?;
            assert_eq!((from.ip(), &answer), (reply_from.ip, b"answer"), "after {count} refusals");
        }
        Ok(())
    }
}
