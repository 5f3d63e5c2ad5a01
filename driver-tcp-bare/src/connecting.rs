//! Outbound demand: the driver opens a connection while a process publishes or subscribes to its messages.

use std::io;
use std::mem;
use std::net::TcpStream;

use futures::future::abortable;
use marketplace_core::{Context, topic};
use tracing::warn;

use crate::io::{Connection, Key, connect};
use crate::message::{Ends, TcpAddress, TcpChannel, TcpError, TcpPressure};
use crate::name::OUTBOUND_DEMAND;
use crate::outgoing::{Ending, Outgoing, Sent};
use crate::pending::{Pending, Stage};
use crate::state::Driver;

impl Driver {
    /// Observes the demand for outbound connections. A participant of either direction is demand.
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
            if let Some(pending) = driver.pending.get_mut(&ends) {
                pending.had_sender = true;
            }
        })
        .on_absence(|driver, _, peer, _| driver.release_connection(peer.conversation.ends()))
        .on_message(Self::send_pending);
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
        if self.connections.insert(ends.clone()) && !self.is_stopping {
            self.connect(cx, ends.clone());
        }
    }

    fn release_connection(&mut self, ends: Option<Ends>) {
        if let Some(ends) = ends
            && self.connections.remove(&ends)
            && let Some(pending) = self.pending.remove(&ends)
        {
            pending.attempt.abort();
        }
    }

    fn connect(&mut self, cx: &mut Context<'_, Self>, ends: Ends) {
        let TcpAddress::Remote { host, port } = &ends.1 else { return };
        let connecting = connect(host.clone(), *port, self.setup.options.connect_timeout);
        let (connecting, attempt) = abortable(connecting);
        let stage = Stage::Connecting(Outgoing::default());
        self.pending.insert(ends.clone(), Pending { attempt: attempt.clone(), had_sender: false, stage });
        cx.perform(connecting, move |driver: &mut Self, cx, connected| {
            // The attempt may have succeeded before it was aborted. If there is demand again, another attempt serves
            // it.
            if let Ok(connected) = connected
                && !attempt.is_aborted()
            {
                driver.announce(cx, &ends, connected);
            }
        });
    }

    /// Adds the endpoints of a connection that has been opened, or reports why it could not be opened.
    fn announce(&mut self, cx: &mut Context<'_, Self>, ends: &Ends, connected: io::Result<TcpStream>) {
        let Some(Pending { stage: Stage::Connecting(outgoing), .. }) = self.pending.get_mut(ends) else {
            return;
        };
        let outgoing = mem::take(outgoing);
        let add = |socket| self.open(cx, |sockets| sockets.add(socket, ends.clone(), outgoing));
        match connected.and_then(add) {
            Ok(key) => {
                if let Some(pending) = self.pending.get_mut(ends) {
                    pending.stage = Stage::Announcing(key);
                }
                Self::offer(cx, key, ends);
            }
            Err(error) => {
                self.pending.remove(ends);
                fail(cx, ends, error);
            }
        }
    }

    /// The endpoints have been added: from now on they receive the messages of the sessions.
    pub(crate) fn announced(&mut self, cx: &mut Context<'_, Self>, key: Key, senders: usize) {
        let Some(Some(ends)) = self.sockets.inspect(key, Connection::ends_unless_closing) else { return };
        let had_sender = match self.pending.get(&ends) {
            Some(Pending { stage: Stage::Announcing(announcing), had_sender, .. }) if *announcing == key => {
                *had_sender
            }
            // The demand has ended meanwhile.
            _ => return self.close(cx, key),
        };
        self.pending.remove(&ends);
        let full_is_sent = self.sockets.update(key, |connection| {
            if senders == 0 && had_sender {
                connection.outgoing.end(Ending::Sending);
            }
            connection.outgoing.full_is_sent()
        });
        if full_is_sent == Some(true) {
            self.send_full(cx, key, (&ends.0, &ends.1));
        }
    }

    /// Queues data that a session sends while the connection is being opened.
    fn send_pending(&mut self, cx: &mut Context<'_, Self>, channel: &TcpChannel) {
        if self.pending.is_empty() {
            return;
        }
        let TcpChannel { source, destination, subpacket } = channel;
        let (ends, options) = ((source.clone(), destination.clone()), &self.setup.options);
        let sent = match self.pending.get_mut(&ends).map(|pending| &mut pending.stage) {
            Some(Stage::Connecting(outgoing)) => Some(outgoing.send(subpacket, options)),
            Some(Stage::Announcing(key)) => {
                let key = *key;
                self.sockets.update(key, |connection| connection.outgoing.send(subpacket, options))
            }
            None => None,
        };
        if sent == Some(Sent::Full) {
            let (source, destination) = ends;
            cx.send_feedback(TcpPressure { source, destination, full: true });
        }
    }
}

/// Reports a connection that could not be opened: a `TcpError`, and endpoints that are added and deleted at once.
fn fail(cx: &mut Context<'_, Driver>, (local, remote): &Ends, error: io::Error) {
    warn!(%remote, %error, "cannot connect");
    let error = TcpError::new(local, Some(remote), error, format!("cannot connect to {remote}"));
    let reason = error.reason.clone();
    // The error comes first, so that a process that handles it knows better than to trust the presence.
    cx.send(error);
    let inbound = cx.publisher(TcpChannel::flow(remote, local)).name();
    let outbound = cx.subscriber(TcpChannel::flow(local, remote)).name();
    cx.delete_because(inbound, reason.clone());
    cx.delete_because(outbound, reason);
}
