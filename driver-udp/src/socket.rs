//! A socket: a process for each that is demanded.

use std::net::SocketAddr;
use std::sync::Arc;

use marketplace_core::{Context, Message, Spawn, Value, topic};
use tracing::{debug, info, warn};

use crate::address::UdpAddress;
use crate::io::{Activity, Controls, Undelivered};
use crate::message::{UdpBound, UdpError, UdpPacket, UdpPacketPattern};
use crate::options::Options;

/// The endpoint that offers what comes in, while anything may come.
const INBOUND: &str = "inbound";

/// A place in the queue for a local address of a driver's, so that one socket at a time has it.
///
/// Published from the beginning, so whoever is there first is served first, and goes first.
#[derive(Debug, Message)]
struct Holding {
    driver: Value,
    local: UdpAddress,
}

struct Socket {
    local: UdpAddress,
    controls: Controls,
    options: Arc<Options>,
    /// Earlier sockets of the same local address that are still closing.
    predecessors: usize,
}

/// Speaks for the socket of a local address, until `controls` are closed and all is sent.
pub(crate) fn socket(local: UdpAddress, controls: Controls, options: Arc<Options>, driver: Value) -> Spawn {
    let name = format!("udp {local}");
    let holding = topic!(Holding { driver, local: local.clone() });
    Spawn::new(Socket { local, controls, options, predecessors: 0 }, move |_, cx| {
        cx.observe_publishers(holding.clone())
            .on_settled(|socket: &mut Socket, cx, predecessors| {
                socket.predecessors = predecessors;
                if predecessors == 0 {
                    socket.open(cx);
                }
            })
            .on_absence(|socket, cx, _, _| socket.follow(cx));
        cx.publisher(holding);
    })
    .named(name)
}

impl Socket {
    /// One predecessor less: those that came later wait for this one.
    fn follow(&mut self, cx: &mut Context<'_, Self>) {
        let Some(left) = self.predecessors.checked_sub(1) else { return };
        self.predecessors = left;
        if left == 0 {
            // Its socket goes with the process, after its endpoints.
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
        info!(local = %self.local, %address, "bound");
        let remote = topic!(UdpAddress::Remote { host: _, port: _ });
        cx.publisher(UdpPacketPattern { source: remote, ..UdpPacket::inbound(&self.local) }).named(INBOUND);
        cx.publisher(topic!(UdpBound { local: self.local.clone(), address }));
        cx.on_event(&self.controls.source(address), Self::happen).on_absence(|_, cx, _, _| cx.quit());
    }

    fn happen(&mut self, cx: &mut Context<'_, Self>, activity: &Activity) {
        match activity {
            Activity::Received(packets) => {
                for (source, body) in packets.take().unwrap_or_default() {
                    cx.send(UdpPacket { source, destination: self.local.clone(), body });
                }
            }
            Activity::Undelivered(packets) => {
                for Undelivered { remote, reason } in packets {
                    debug!(local = %self.local, %remote, %reason, "packet lost");
                    let (local, remote) = (self.local.clone(), Some(remote.clone()));
                    cx.send(UdpError { local, remote, reason: reason.clone() });
                }
            }
            // A session sees that, and finishes.
            Activity::Stopped => cx.delete(INBOUND),
            Activity::Failed(reason) => {
                warn!(local = %self.local, %reason, "socket lost");
                cx.send(UdpError { local: self.local.clone(), remote: None, reason: reason.clone() });
                return cx.quit_because(reason.clone());
            }
        }
        // So nothing piles up between the socket and those who answer.
        cx.yield_then(|socket, _| socket.controls.delivered());
    }
}

/// Whichever way it goes, the port is free, and nothing is queued for it any more.
impl Drop for Socket {
    fn drop(&mut self) {
        self.controls.abandon();
    }
}
