//! A connection that is there, as sessions see it.

use marketplace_core::{Context, Event, EventKinds, Reason};
use tracing::{debug, warn};

use crate::io::{Activities, Activity, Connection, Key};
use crate::message::{Ends, TcpAddress, TcpChannel, TcpPressure, TcpSubPacket};
use crate::name::{Side, name};
use crate::outgoing::{Ending, Sent};
use crate::state::Driver;

/// What happens on connections.
impl Driver {
    pub(crate) fn happen(
        &mut self,
        cx: &mut Context<'_, Self>,
        activities: &Activities,
    ) -> anyhow::Result<()> {
        for (key, activity) in activities.as_ref().map_err(Reason::clone)? {
            // What is on its way to a session that has left is not for its handle's next one.
            if let Some(Some(ends)) = self.sockets.look(*key, Connection::ends_unless_closing) {
                self.tell(cx, *key, ends, activity);
            }
        }
        // So nothing piles up between the socket and a session that answers; a round later, so that a session that
        // leaves at what it has heard has left before the next is read.
        cx.yield_then(|_, cx| cx.yield_then(Self::proceed));
        Ok(())
    }

    fn tell(&mut self, cx: &mut Context<'_, Self>, key: Key, (local, remote): Ends, activity: &Activity) {
        match activity {
            Activity::Accepted => Self::offer(cx, key, &(local, remote)),
            Activity::Data(bytes) => {
                let subpacket = TcpSubPacket::Bytes(bytes.clone());
                cx.send(TcpChannel { source: remote, destination: local, subpacket });
            }
            Activity::Eof => {
                cx.send(TcpChannel::eof(&remote, &local));
                Self::withdraw_offer(cx, key, &(local, remote));
            }
            Activity::Relieved => self.tell_relieved(cx, key, (local, remote)),
            // A session sees that as the end of the conversation, and finishes.
            Activity::Stopped => {
                Self::withdraw_offer(cx, key, &(local, remote));
                self.close_unless_used(cx, key);
            }
            Activity::Failed(reason) => {
                debug!(%reason, %remote, "connection lost");
                Self::leave(cx, key, reason);
                self.sockets.remove(key);
            }
        }
    }

    /// Closes the connection once no session has an endpoint in either direction.
    fn close_unless_used(&self, cx: &mut Context<'_, Self>, key: Key) {
        let is_unused = |connection: &Connection| connection.sessions.is_empty() && !connection.is_closing();
        if self.sockets.look(key, is_unused) == Some(true) {
            self.close(cx, key);
        }
    }

    /// Withdraws from sessions at once; the rest of the closing is the socket's.
    pub(crate) fn close(&self, cx: &mut Context<'_, Self>, key: Key) {
        Self::leave(cx, key, &Reason::normal());
        self.sockets.ask(key, Connection::close);
    }

    fn leave(cx: &mut Context<'_, Self>, key: Key, reason: &Reason) {
        for side in Side::CONNECTION {
            cx.delete_because(name(key, side), reason.clone());
        }
    }
}

/// What sessions do.
impl Driver {
    /// Offers both directions to sessions, and counts the sessions' endpoints.
    pub(crate) fn offer(cx: &mut Context<'_, Self>, key: Key, (local, remote): &Ends) {
        let peers = EventKinds::PRESENCE | EventKinds::ABSENCE;
        // The demand for an outbound connection may have gone while it was made.
        let settled = match local {
            TcpAddress::Handle { .. } => EventKinds::SETTLED,
            _ => EventKinds::NONE,
        };
        cx.subscriber(TcpChannel::flow(local, remote))
            .named(name(key, Side::Outbound))
            .on(peers | settled | EventKinds::MESSAGE, move |driver, cx, event| {
                driver.hear_senders(cx, key, event)
            });
        cx.publisher(TcpChannel::flow(remote, local))
            .named(name(key, Side::Inbound))
            .on(peers | settled, move |driver, cx, event| driver.hear_readers(cx, key, event));
    }

    /// Offers no more of what comes in. A session can still answer an end-of-file, so those that read are
    /// counted on.
    fn withdraw_offer(cx: &mut Context<'_, Self>, key: Key, (local, remote): &Ends) {
        cx.observe_subscribers(TcpChannel::flow(remote, local))
            .named(name(key, Side::Readers))
            .on(EventKinds::PRESENCE | EventKinds::ABSENCE, move |driver, cx, event| {
                driver.hear_readers(cx, key, event)
            });
        cx.delete(name(key, Side::Inbound));
    }

    fn hear_senders(
        &mut self,
        cx: &mut Context<'_, Self>,
        key: Key,
        event: &Event<'_>,
    ) -> anyhow::Result<()> {
        match event {
            Event::Message { message, .. } => {
                if let Some(channel) = message.downcast_ref() {
                    self.send(cx, key, channel);
                }
            }
            Event::Presence { .. } => {
                self.sockets.ask(key, |connection| {
                    connection.sessions.writers += 1;
                    connection.take();
                });
            }
            Event::Absence { .. } => {
                self.sockets.ask(key, |connection| {
                    connection.sessions.writers -= 1;
                    if connection.sessions.writers == 0 {
                        connection.outgoing.end(Ending::Sending);
                    }
                });
                self.close_unless_used(cx, key);
            }
            Event::Settled { peers, .. } => self.risen(cx, key, *peers),
            _ => {}
        }
        Ok(())
    }

    fn hear_readers(
        &mut self,
        cx: &mut Context<'_, Self>,
        key: Key,
        event: &Event<'_>,
    ) -> anyhow::Result<()> {
        match event {
            Event::Presence { .. } => {
                self.sockets.ask(key, |connection| {
                    connection.sessions.readers += 1;
                    connection.take();
                });
            }
            Event::Absence { .. } => {
                self.sockets.ask(key, |connection| connection.sessions.readers -= 1);
                self.close_unless_used(cx, key);
            }
            Event::Settled { .. } => self.close_unless_used(cx, key),
            _ => {}
        }
        Ok(())
    }

    fn send(&mut self, cx: &mut Context<'_, Self>, key: Key, channel: &TcpChannel) {
        let options = &self.setup.options;
        let sent = self.sockets.ask(key, |connection| {
            (connection.outgoing.send(&channel.subpacket, options), connection.is_closing())
        });
        let remote = &channel.destination;
        match sent {
            Some((Sent::Queued, _)) => {}
            Some((Sent::Full, _)) => self.tell_full(cx, key, (&channel.source, remote)),
            Some((Sent::Ended, false)) => {
                warn!(%remote, "bytes sent after the end of the stream are dropped")
            }
            // A handle's next connection has them.
            Some((Sent::Ended, true)) | None => debug!(%remote, "bytes come too late for this connection"),
        }
    }
}

/// What sessions are told of pressure.
impl Driver {
    /// Tells sessions that the queue is full. One that hears of it waits by itself, and is read from
    /// meanwhile: else two that stream to each other would both wait, for ever.
    pub(crate) fn tell_full(
        &self,
        cx: &mut Context<'_, Self>,
        key: Key,
        (local, remote): (&TcpAddress, &TcpAddress),
    ) {
        cx.observe_publishers(TcpPressure::flow(local, remote))
            .named(name(key, Side::Pacers))
            .on_presence(move |driver, cx, _| driver.hear_pacer(cx, key))
            .on_absence(move |driver, _, _, _| {
                driver.sockets.ask(key, |connection| connection.sessions.pacers -= 1);
            })
            // There may be relief by then.
            .on_settled(move |driver, _, _| {
                driver.sockets.ask(key, |connection| {
                    connection.sessions.tells_latecomers = connection.outgoing.is_told_full();
                });
            });
        // Asked for now, so that the news of relief comes after it.
        cx.send_feedback(TcpPressure { source: local.clone(), destination: remote.clone(), full: true });
    }

    fn hear_pacer(&self, cx: &mut Context<'_, Self>, key: Key) {
        let late = self.sockets.ask(key, |connection| {
            connection.sessions.pacers += 1;
            connection.sessions.tells_latecomers.then(|| connection.ends_unless_closing()).flatten()
        });
        // Nobody else would tell one who comes late.
        if let Some(Some((source, destination))) = late {
            cx.send_feedback(TcpPressure { source, destination, full: true });
        }
    }

    fn tell_relieved(&self, cx: &mut Context<'_, Self>, key: Key, (source, destination): Ends) {
        let is_told = self.sockets.ask(key, |connection| {
            let is_told = connection.outgoing.tell_relief();
            connection.sessions.tells_latecomers &= !is_told;
            is_told
        });
        if is_told == Some(true) {
            cx.send_feedback(TcpPressure { source, destination, full: false });
            cx.delete(name(key, Side::Pacers));
        }
    }
}
