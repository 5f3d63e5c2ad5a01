//! Inbound demand: the driver listens on a port while a process observes the connections to it.

use marketplace_core::{Context, Interest, Pattern, Peer, topic};
use tracing::{info, warn};

use crate::message::{TcpAddress, TcpAddressPattern, TcpBound, TcpChannel, TcpChannelPattern, TcpError};
use crate::name::{INBOUND_DEMAND, Side, name};
use crate::state::Driver;

impl Driver {
    /// Observes the demand for listeners. An observer of either direction is demand.
    pub(crate) fn serve_listeners(cx: &mut Context<'_, Self>) {
        let [senders, receivers] = INBOUND_DEMAND;
        cx.observe_publishers_everything(topic!(TcpChannel {
            source: TcpAddress::Listener { port: _ },
            destination: _,
            ..
        }))
        .named(senders)
        .on_presence(|driver, cx, peer| driver.demand_port(cx, port(peer, &peer.conversation.source)))
        .on_absence(|driver, cx, peer, _| driver.release_port(cx, port(peer, &peer.conversation.source)));
        cx.observe_subscribers_everything(topic!(TcpChannel {
            source: _,
            destination: TcpAddress::Listener { port: _ },
            ..
        }))
        .named(receivers)
        .on_presence(|driver, cx, peer| driver.demand_port(cx, port(peer, &peer.conversation.destination)))
        .on_absence(|driver, cx, peer, _| {
            driver.release_port(cx, port(peer, &peer.conversation.destination))
        });
    }

    fn demand_port(&mut self, cx: &mut Context<'_, Self>, port: Option<u16>) {
        if let Some(port) = port
            && self.ports.insert(port)
            && !self.is_stopping
        {
            self.listen(cx, port);
        }
    }

    fn release_port(&mut self, cx: &mut Context<'_, Self>, port: Option<u16>) {
        if let Some(port) = port
            && self.ports.remove(&port)
            && let Some(key) = self.listeners.remove(&port)
        {
            cx.delete(name(key, Side::Bound));
            self.sockets.remove(key);
        }
    }

    fn listen(&mut self, cx: &mut Context<'_, Self>, port: u16) {
        let local = TcpAddress::listener(port);
        match self.open(cx, |sockets| sockets.listen(port)) {
            Ok((key, address)) => {
                info!(%address, "listening");
                self.listeners.insert(port, key);
                cx.publisher(topic!(TcpBound { listener: local, address })).named(name(key, Side::Bound));
            }
            Err(error) => {
                let bind_address = self.setup.options.bind_address;
                warn!(address = %bind_address, port, %error, "cannot listen");
                let context = format!("cannot listen on {bind_address} port {port}");
                cx.send(TcpError::new(&local, None, error, context));
            }
        }
    }
}

/// The port that a peer demands, if the peer is an observer.
fn port(peer: Peer<'_, TcpChannelPattern>, address: &TcpAddressPattern) -> Option<u16> {
    match address.value()? {
        TcpAddress::Listener { port } if peer.interest == Interest::Observer => Some(port),
        _ => None,
    }
}
