//! The driver: it sees what is demanded, and serves it.

use std::io;
use std::sync::Arc;

use marketplace_core::{
    Context, DemandMatcher, Interest, Message, Pattern, Peer, Reason, Spawn, Stopping, Value, topic,
};

use crate::admission::Admission;
use crate::connector::connector;
use crate::counters::TcpCounters;
use crate::early::{EarlyConnections, Ends};
use crate::io::Sent;
use crate::listener::listener;
use crate::message::{TcpAddress, TcpAddressPattern, TcpChannel, TcpChannelPattern, TcpPressure};
use crate::options::Options;

/// What the driver's processes share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) options: Arc<Options>,
    pub(crate) counters: Arc<TcpCounters>,
    pub(crate) admission: Admission,
    pub(crate) driver: Value,
}

/// Present while the driver is.
#[derive(Debug, Message)]
struct Lifeline {
    driver: Value,
}

impl Shared {
    /// Ends a process with the driver, whose work it has begun.
    pub(crate) fn end_with_driver<S: 'static>(&self, cx: &mut Context<'_, S>) {
        cx.observe_publishers(topic!(Lifeline { driver: self.driver.clone() }))
            .on_absence(|_, cx, _, _| cx.quit());
    }
}

pub(crate) fn spawn(options: Arc<Options>, counters: Arc<TcpCounters>) -> Spawn {
    let admission = Admission::new(options.most_connections, options.most_connections_per_address);
    let shared = Shared { options, counters, admission, driver: Value::unique("tcp driver") };
    Spawn::new((), move |(), cx| {
        cx.publisher(topic!(Lifeline { driver: shared.driver.clone() }));
        cx.observe_publishers(topic!(Stopping { .. })).on_presence(|(), cx, _| cx.quit());
        serve_listeners(cx, shared.clone());
        serve_connectors(cx, shared);
    })
    .named("tcp driver")
}

/// Inbound demand is shown by observers, of either direction.
fn serve_listeners(cx: &mut Context<'_, ()>, shared: Shared) {
    let listeners = DemandMatcher::new(move |port| Some(listener(*port, shared.clone())));
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

fn listener_port(peer: Peer<'_, TcpChannelPattern>, address: &TcpAddressPattern) -> Option<u16> {
    match address.value()? {
        TcpAddress::Listener { port } if peer.interest == Interest::Observer => Some(port),
        _ => None,
    }
}

/// Outbound demand is shown by participants, of either direction.
fn serve_connectors(cx: &mut Context<'_, ()>, shared: Shared) {
    let early = EarlyConnections::default();
    let (begun, senders) = (early.clone(), early.clone());
    let connectors = DemandMatcher::new(move |ends: &Ends| {
        Some(connector(begun.begin(ends, &shared.options), shared.clone()))
    });
    cx.observe_publishers(topic!(TcpChannel {
        source: TcpAddress::Handle { id: _ },
        destination: TcpAddress::Remote { host: _, port: _ },
        ..
    }))
    .match_demand(&connectors, |peer| peer.conversation.ends())
    .on_presence(move |(), _, peer| {
        if let Some(ends) = peer.conversation.ends() {
            senders.note_sender(&ends);
        }
    })
    .on_message(move |(), cx, channel| {
        if early.send(channel) == Sent::Full {
            let (source, destination) = (channel.source.clone(), channel.destination.clone());
            cx.send_feedback(TcpPressure { source, destination, full: true });
        }
    });
    cx.observe_subscribers(topic!(TcpChannel {
        source: TcpAddress::Remote { host: _, port: _ },
        destination: TcpAddress::Handle { id: _ },
        ..
    }))
    .match_demand(&connectors, |peer| peer.conversation.ends().map(|(remote, local)| (local, remote)));
}

/// Why a connection or a listener could not be had.
pub(crate) fn because(error: io::Error, what: String) -> Reason {
    Reason::error(anyhow::Error::new(error).context(what))
}
