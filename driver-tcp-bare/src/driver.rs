//! The driver: it sees what is demanded, and serves it.

use std::io;
use std::net::{IpAddr, Ipv4Addr};

use marketplace_core::{
    Context, DemandMatcher, Interest, Message, Once, Pattern, Peer, Reason, Spawn, Stopping, Value, topic,
};
use tracing::{info, warn};

use crate::connection::{inbound, outbound};
use crate::early::{EarlyConnection, EarlyConnections, Ends};
use crate::io::{Accepted, connect, listen};
use crate::message::{TcpAddress, TcpAddressPattern, TcpBound, TcpChannel, TcpChannelPattern, TcpError};

/// The TCP driver with its options as they are by default: see [`TcpDriver`].
///
/// (`tcp-driver` in the original.)
#[must_use]
pub fn tcp_driver() -> Spawn {
    TcpDriver::new().spawn()
}

/// The TCP driver's options.
///
/// # Examples
///
/// ```
/// use driver_tcp_bare::TcpDriver;
///
/// let driver = TcpDriver::new().bind_address([127, 0, 0, 1]).spawn();
/// # let _ = driver;
/// ```
#[derive(Clone, Debug)]
pub struct TcpDriver {
    bind_address: IpAddr,
}

impl TcpDriver {
    /// The options as they are by default.
    #[must_use]
    pub const fn new() -> Self {
        Self { bind_address: IpAddr::V4(Ipv4Addr::UNSPECIFIED) }
    }

    /// The local address that listeners are bound to; by default every IPv4 address of the machine.
    #[must_use]
    pub fn bind_address(self, address: impl Into<IpAddr>) -> Self {
        Self { bind_address: address.into() }
    }

    /// The driver's process.
    #[must_use]
    pub fn spawn(self) -> Spawn {
        Spawn::new((), move |(), cx| self.boot(cx)).named("tcp driver")
    }

    fn boot(self, cx: &mut Context<'_, ()>) {
        let lifeline = Value::unique("tcp driver");
        cx.publisher(topic!(Lifeline { driver: lifeline.clone() }));
        cx.observe_publishers(topic!(Stopping { .. })).on_presence(|(), cx, _| cx.quit());
        self.serve_listeners(cx, lifeline.clone());
        serve_connectors(cx, lifeline);
    }

    /// Inbound demand is shown by observers, of either direction.
    fn serve_listeners(&self, cx: &mut Context<'_, ()>, lifeline: Value) {
        let address = self.bind_address;
        let listeners = DemandMatcher::new(move |port| Some(listener(address, *port, lifeline.clone())));
        cx.observe_subscribers_everything(topic!(TcpChannel {
            source: _,
            destination: TcpAddress::Listener { port: _ },
            ..
        }))
        .match_demand(&listeners, |peer| listener_port(peer, &peer.conversation.destination));
        cx.observe_publishers_everything(topic!(TcpChannel {
            source: TcpAddress::Listener { port: _ },
            destination: _,
            ..
        }))
        .match_demand(&listeners, |peer| listener_port(peer, &peer.conversation.source));
    }
}

impl Default for TcpDriver {
    fn default() -> Self {
        Self::new()
    }
}

/// Present while the driver is, so that what it has begun does not outlive it.
#[derive(Debug, Message)]
struct Lifeline {
    driver: Value,
}

fn listener_port(peer: Peer<'_, TcpChannelPattern>, address: &TcpAddressPattern) -> Option<u16> {
    match address.value()? {
        TcpAddress::Listener { port } if peer.interest == Interest::Observer => Some(port),
        _ => None,
    }
}

/// Outbound demand is shown by participants, of either direction.
fn serve_connectors(cx: &mut Context<'_, ()>, lifeline: Value) {
    let early = EarlyConnections::default();
    let begun = early.clone();
    let connectors =
        DemandMatcher::new(move |ends: &Ends| Some(connector(begun.begin(ends), lifeline.clone())));
    cx.observe_publishers(topic!(TcpChannel {
        source: TcpAddress::Handle { id: _ },
        destination: TcpAddress::Remote { host: _, port: _ },
        ..
    }))
    .match_demand(&connectors, |peer| peer.conversation.ends())
    .on_message(move |(), _, channel| early.send(channel));
    cx.observe_subscribers(topic!(TcpChannel {
        source: TcpAddress::Remote { host: _, port: _ },
        destination: TcpAddress::Handle { id: _ },
        ..
    }))
    .match_demand(&connectors, |peer| peer.conversation.ends().map(|(remote, local)| (local, remote)));
}

/// Listens on a port while there is demand for it.
fn listener(address: IpAddr, port: u16, lifeline: Value) -> Spawn {
    let local = TcpAddress::listener(port);
    let name = format!("tcp {local}");
    Spawn::new((), move |(), cx| {
        let (source, address) = match listen(address, port) {
            Ok(bound) => bound,
            Err(error) => {
                warn!(%address, port, %error, "cannot listen");
                cx.send(TcpError { local, remote: None, reason: listen_error(address, port, error) });
                return;
            }
        };
        info!(%address, "listening");
        cx.observe_publishers(topic!(Lifeline { driver: lifeline })).on_absence(|(), cx, _, _| cx.quit());
        cx.publisher(topic!(TcpBound { listener: local.clone(), address }));
        cx.on_event(&source, move |(), cx, accepted: &Once<Accepted>| {
            if let Some((socket, peer)) = accepted.take() {
                cx.spawn(inbound(local.clone(), peer.into(), socket));
            }
        });
    })
    .named(name)
}

fn listen_error(address: IpAddr, port: u16, error: io::Error) -> Reason {
    Reason::error(anyhow::Error::new(error).context(format!("cannot listen on {address} port {port}")))
}

/// Connects while there is demand for it; then the connection is a process of its own.
fn connector(early: EarlyConnection, lifeline: Value) -> Spawn {
    let (local, remote) = early.ends.clone();
    let name = format!("tcp connect {local} - {remote}");
    Spawn::new(Some(early), move |_, cx| {
        let TcpAddress::Remote { host, port } = remote else { return };
        cx.observe_publishers(topic!(Lifeline { driver: lifeline })).on_absence(|_, cx, _, _| cx.quit());
        cx.perform(connect(host, port), |early: &mut Option<EarlyConnection>, cx, connected| {
            let Some(early) = early.take() else { return };
            match connected {
                Ok(socket) => cx.spawn(outbound(early, socket)),
                Err(error) => fail(cx, &early.ends, error),
            }
            cx.quit();
        });
    })
    .named(name)
}

/// Shows sessions a connection that is lost at once.
fn fail<S: 'static>(cx: &mut Context<'_, S>, (local, remote): &Ends, error: io::Error) {
    warn!(%remote, %error, "cannot connect");
    let reason = Reason::error(anyhow::Error::new(error).context(format!("cannot connect to {remote}")));
    let inbound = cx.publisher(TcpChannel::flow(remote, local)).name();
    let outbound = cx.subscriber(TcpChannel::flow(local, remote)).name();
    cx.delete_because(inbound, reason.clone());
    cx.delete_because(outbound, reason.clone());
    cx.send(TcpError { local: local.clone(), remote: Some(remote.clone()), reason });
}
