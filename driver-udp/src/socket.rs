//! The process of one local socket.

use std::net::SocketAddr;
use std::sync::Arc;

use marketplace_core::{Context, Message, Spawn, Value, topic};
use tracing::{debug, info, warn};

use crate::address::UdpAddress;
use crate::io::{Activity, Controls, Undelivered};
use crate::message::{UdpBound, UdpError, UdpPacket, UdpPacketPattern};
use crate::options::Options;

/// The endpoint that publishes the received packets, until the socket stops receiving.
const INBOUND: &str = "inbound";

/// A position in the queue of processes that want to bind the same local address of one driver. It makes sure that only
/// one of them is bound at a time.
///
/// Each process publishes it from its start until its end, so the processes are served in the order of their start.
#[derive(Debug, Message)]
struct Reservation {
    driver: Value,
    local: UdpAddress,
}

struct Socket {
    local: UdpAddress,
    controls: Controls,
    options: Arc<Options>,
    /// The number of earlier sockets with the same local address that are still closing.
    predecessors: usize,
}

/// The process that serves the socket of a local address, until `controls` are closed and all packets are sent.
pub(crate) fn socket(local: UdpAddress, controls: Controls, options: Arc<Options>, driver: Value) -> Spawn {
    let name = format!("udp {local}");
    let reservation = topic!(Reservation { driver, local: local.clone() });
    Spawn::new(Socket { local, controls, options, predecessors: 0 }, move |_, cx| {
        cx.observe_publishers(reservation.clone())
            .on_settled(|socket: &mut Socket, cx, predecessors| {
                socket.predecessors = predecessors;
                if predecessors == 0 {
                    socket.open(cx);
                }
            })
            .on_absence(|socket, cx, _, _| socket.predecessor_closed(cx));
        cx.publisher(reservation);
    })
    .named(name)
}

impl Socket {
    /// Counts a socket that has closed, and opens this one if it was the last predecessor. Absences of later sockets
    /// are ignored.
    fn predecessor_closed(&mut self, cx: &mut Context<'_, Self>) {
        let Some(left) = self.predecessors.checked_sub(1) else { return };
        self.predecessors = left;
        if left == 0 {
            // The predecessor's socket is closed after its endpoints are deleted, so wait for the next round.
            cx.yield_then(Self::open);
        }
    }

    fn open(&mut self, cx: &mut Context<'_, Self>) {
        if self.controls.is_done() {
            return cx.quit();
        }
        match self.controls.bind(&self.local, &self.options) {
            Ok(address) => self.serve(cx, address),
            Err(error) => {
                let address = self.options.bind_address;
                warn!(local = %self.local, %address, %error, "cannot bind");
                let reason =
                    anyhow::Error::new(error).context(format!("cannot bind {} to {address}", self.local));
                cx.send(UdpError { local: self.local.clone(), remote: None, reason: reason.into() });
                cx.quit();
            }
        }
    }

    fn serve(&self, cx: &mut Context<'_, Self>, address: SocketAddr) {
        info!(local = %self.local, %address, "socket bound");
        let remote = topic!(UdpAddress::Remote { host: _, port: _ });
        cx.publisher(UdpPacketPattern { source: remote, ..UdpPacket::inbound(&self.local) }).named(INBOUND);
        cx.publisher(topic!(UdpBound { local: self.local.clone(), address }));
        cx.on_event(&self.controls.source(address), Self::on_activity).on_absence(|_, cx, _, _| cx.quit());
    }

    fn on_activity(&mut self, cx: &mut Context<'_, Self>, activity: &Activity) {
        match activity {
            Activity::Received(packets) => {
                for (source, body) in packets.take().unwrap_or_default() {
                    cx.send(UdpPacket { source, destination: self.local.clone(), body });
                }
            }
            Activity::Undelivered(packets) => {
                for Undelivered { remote, reason } in packets {
                    debug!(local = %self.local, %remote, %reason, "packet not delivered");
                    let (local, remote) = (self.local.clone(), Some(remote.clone()));
                    cx.send(UdpError { local, remote, reason: reason.clone() });
                }
            }
            // A session sees the absence of this publisher, and finishes.
            Activity::Stopped => cx.delete(INBOUND),
            Activity::Failed(reason) => {
                warn!(local = %self.local, %reason, "socket lost");
                cx.send(UdpError { local: self.local.clone(), remote: None, reason: reason.clone() });
                return cx.quit_because(reason.clone());
            }
        }
        // The socket receives again only after the delivery, so that no messages pile up on their way to a process.
        cx.yield_then(|socket, _| socket.controls.delivered());
    }
}

/// However the process ends, the port becomes free, and no more packets are queued.
impl Drop for Socket {
    fn drop(&mut self) {
        self.controls.abandon();
    }
}
