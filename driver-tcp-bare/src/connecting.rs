//! Outbound demand: a connection is made while somebody would send or receive on it.

use std::io;
use std::mem;
use std::net::TcpStream;

use futures::future::abortable;
use marketplace_core::{Context, topic};
use tracing::warn;

use crate::early::{Early, Stage};
use crate::io::{Connection, Key, connect};
use crate::message::{Ends, TcpAddress, TcpChannel, TcpError, TcpPressure};
use crate::name::OUTBOUND_DEMAND;
use crate::outgoing::{Ending, Outgoing, Sent};
use crate::state::Driver;

impl Driver {
    /// Outbound demand is shown by participants, of either direction.
    pub(crate) fn serve_connectors(cx: &mut Context<'_, Self>) {
        let [senders, receivers] = OUTBOUND_DEMAND;
        cx.observe_publishers(topic!(TcpChannel {
            source: TcpAddress::Handle { id: _ },
            destination: TcpAddress::Remote { host: _, port: _ },
            ..
        }))
        .named(senders)
        .on_presence(|driver, cx, peer| {
            let Some(ends) = peer.conversation.ends() else { return };
            driver.demand_connection(cx, &ends);
            if let Some(early) = driver.early.get_mut(&ends) {
                early.had_sender = true;
            }
        })
        .on_absence(|driver, _, peer, _| driver.release_connection(peer.conversation.ends()))
        .on_message(Self::send_early);
        let ends = |(remote, local)| (local, remote);
        cx.observe_subscribers(topic!(TcpChannel {
            source: TcpAddress::Remote { host: _, port: _ },
            destination: TcpAddress::Handle { id: _ },
            ..
        }))
        .named(receivers)
        .on_presence(move |driver, cx, peer| {
            if let Some(ends) = peer.conversation.ends().map(ends) {
                driver.demand_connection(cx, &ends);
            }
        })
        .on_absence(move |driver, _, peer, _| driver.release_connection(peer.conversation.ends().map(ends)));
    }

    fn demand_connection(&mut self, cx: &mut Context<'_, Self>, ends: &Ends) {
        if self.connections.arrive(ends.clone()) && !self.is_stopping {
            self.connect(cx, ends.clone());
        }
    }

    fn release_connection(&mut self, ends: Option<Ends>) {
        if let Some(ends) = ends
            && self.connections.depart(&ends)
            && let Some(early) = self.early.remove(&ends)
        {
            early.attempt.abort();
        }
    }

    fn connect(&mut self, cx: &mut Context<'_, Self>, ends: Ends) {
        let TcpAddress::Remote { host, port } = &ends.1 else { return };
        let connecting = connect(host.clone(), *port, self.setup.options.connect_timeout);
        let (connecting, attempt) = abortable(connecting);
        let stage = Stage::Connecting(Outgoing::default());
        self.early.insert(ends.clone(), Early { attempt: attempt.clone(), had_sender: false, stage });
        cx.perform(connecting, move |driver: &mut Self, cx, connected| {
            // It may have connected before it was aborted. Where the demand has come back, another attempt serves it.
            if let Ok(connected) = connected
                && !attempt.is_aborted()
            {
                driver.rise(cx, &ends, connected);
            }
        });
    }

    /// Offers a connection that is made.
    fn rise(&mut self, cx: &mut Context<'_, Self>, ends: &Ends, connected: io::Result<TcpStream>) {
        let Some(Early { stage: Stage::Connecting(outgoing), .. }) = self.early.get_mut(ends) else { return };
        let outgoing = mem::take(outgoing);
        let add = |socket| self.open(cx, |sockets| sockets.add(socket, ends.clone(), outgoing));
        match connected.and_then(add) {
            Ok(key) => {
                if let Some(early) = self.early.get_mut(ends) {
                    early.stage = Stage::Rising(key);
                }
                Self::offer(cx, key, ends);
            }
            Err(error) => {
                self.early.remove(ends);
                fail(cx, ends, error);
            }
        }
    }

    /// From now on messages come to the connection itself.
    pub(crate) fn risen(&mut self, cx: &mut Context<'_, Self>, key: Key, senders: usize) {
        let Some(Some(ends)) = self.sockets.look(key, Connection::ends_unless_closing) else { return };
        let had_sender = match self.early.get(&ends) {
            Some(Early { stage: Stage::Rising(rising), had_sender, .. }) if *rising == key => *had_sender,
            // The demand has not lasted.
            _ => return self.close(cx, key),
        };
        self.early.remove(&ends);
        let is_told_full = self.sockets.ask(key, |connection| {
            if senders == 0 && had_sender {
                connection.outgoing.end(Ending::Sending);
            }
            connection.outgoing.is_told_full()
        });
        if is_told_full == Some(true) {
            self.tell_full(cx, key, (&ends.0, &ends.1));
        }
    }

    /// Queues what is sent on a connection that is not there yet.
    fn send_early(&mut self, cx: &mut Context<'_, Self>, channel: &TcpChannel) {
        if self.early.is_empty() {
            return;
        }
        let TcpChannel { source, destination, subpacket } = channel;
        let (ends, options) = ((source.clone(), destination.clone()), &self.setup.options);
        let sent = match self.early.get_mut(&ends).map(|early| &mut early.stage) {
            Some(Stage::Connecting(outgoing)) => Some(outgoing.send(subpacket, options)),
            Some(Stage::Rising(key)) => {
                let key = *key;
                self.sockets.ask(key, |connection| connection.outgoing.send(subpacket, options))
            }
            None => None,
        };
        if sent == Some(Sent::Full) {
            let (source, destination) = ends;
            cx.send_feedback(TcpPressure { source, destination, full: true });
        }
    }
}

/// Shows sessions a connection that is lost at once.
fn fail(cx: &mut Context<'_, Driver>, (local, remote): &Ends, error: io::Error) {
    warn!(%remote, %error, "cannot connect");
    let error = TcpError::new(local, Some(remote), error, format!("cannot connect to {remote}"));
    let reason = error.reason.clone();
    // First, so that whoever hears of it is not misled by the presence.
    cx.send(error);
    let inbound = cx.publisher(TcpChannel::flow(remote, local)).name();
    let outbound = cx.subscriber(TcpChannel::flow(local, remote)).name();
    cx.delete_because(inbound, reason.clone());
    cx.delete_because(outbound, reason);
}
