//! An open connection, as sessions see it: its endpoints and messages.

use marketplace_core::{Context, Event, EventKinds, Reason};
use tracing::{debug, warn};

use crate::io::{Activities, Activity, Connection, Key};
use crate::message::{Ends, TcpAddress, TcpChannel, TcpPressure, TcpSubPacket};
use crate::name::{Side, name};
use crate::outgoing::{Ending, Sent};
use crate::state::Driver;

/// Events of the sockets, delivered to sessions.
impl Driver {
    pub(crate) fn on_activities(
        &mut self,
        cx: &mut Context<'_, Self>,
        activities: &Activities,
    ) -> anyhow::Result<()> {
        for (key, activity) in activities.as_ref().map_err(Reason::clone)? {
            // If the connection is closing, the event must not reach a new connection with the same handle.
            if let Some(Some(ends)) = self.sockets.inspect(*key, Connection::ends_unless_closing) {
                self.on_activity(cx, *key, ends, activity);
            }
        }
        // The sockets are read again only after the delivery, so that no messages pile up on their way to a session.
        // The second yield gives a session that quits or pauses in its handler the time to do so before the next read.
        cx.yield_then(|_, cx| cx.yield_then(Self::proceed));
        Ok(())
    }

    fn on_activity(
        &mut self,
        cx: &mut Context<'_, Self>,
        key: Key,
        (local, remote): Ends,
        activity: &Activity,
    ) {
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
            Activity::Drained => self.send_relief(cx, key, (local, remote)),
            // A session sees the absence of the driver's publisher, and finishes.
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

    /// Closes the connection if no session has an endpoint in either direction.
    fn close_unless_used(&self, cx: &mut Context<'_, Self>, key: Key) {
        let is_unused = |connection: &Connection| connection.sessions.is_empty() && !connection.is_closing();
        if self.sockets.inspect(key, is_unused) == Some(true) {
            self.close(cx, key);
        }
    }

    /// Deletes the driver's endpoints at once. The socket is closed after it has sent the queued bytes.
    pub(crate) fn close(&self, cx: &mut Context<'_, Self>, key: Key) {
        Self::leave(cx, key, &Reason::normal());
        self.sockets.update(key, Connection::close);
    }

    fn leave(cx: &mut Context<'_, Self>, key: Key, reason: &Reason) {
        for side in Side::CONNECTION {
            cx.delete_because(name(key, side), reason.clone());
        }
    }
}

/// Events of the sessions' endpoints.
impl Driver {
    /// Adds the driver's endpoints for both directions, which count the sessions' endpoints.
    pub(crate) fn offer(cx: &mut Context<'_, Self>, key: Key, (local, remote): &Ends) {
        let peers = EventKinds::PRESENCE | EventKinds::ABSENCE;
        // The demand for an outbound connection may have ended while it was opened.
        let settled = match local {
            TcpAddress::Handle { .. } => EventKinds::SETTLED,
            _ => EventKinds::NONE,
        };
        cx.subscriber(TcpChannel::flow(local, remote))
            .named(name(key, Side::Outbound))
            .on(peers | settled | EventKinds::MESSAGE, move |driver, cx, event| {
                driver.on_writer_event(cx, key, event)
            });
        cx.publisher(TcpChannel::flow(remote, local))
            .named(name(key, Side::Inbound))
            .on(peers | settled, move |driver, cx, event| driver.on_reader_event(cx, key, event));
    }

    /// Deletes the publisher of inbound data. A session can still answer an end-of-file, so the driver goes on to
    /// count the sessions' subscribers.
    fn withdraw_offer(cx: &mut Context<'_, Self>, key: Key, (local, remote): &Ends) {
        cx.observe_subscribers(TcpChannel::flow(remote, local))
            .named(name(key, Side::Readers))
            .on(EventKinds::PRESENCE | EventKinds::ABSENCE, move |driver, cx, event| {
                driver.on_reader_event(cx, key, event)
            });
        cx.delete(name(key, Side::Inbound));
    }

    fn on_writer_event(
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
                self.sockets.update(key, |connection| {
                    connection.sessions.writers += 1;
                    connection.session_added();
                });
            }
            Event::Absence { .. } => {
                self.sockets.update(key, |connection| {
                    connection.sessions.writers -= 1;
                    if connection.sessions.writers == 0 {
                        connection.outgoing.end(Ending::Sending);
                    }
                });
                self.close_unless_used(cx, key);
            }
            Event::Settled { peers, .. } => self.announced(cx, key, *peers),
            _ => {}
        }
        Ok(())
    }

    fn on_reader_event(
        &mut self,
        cx: &mut Context<'_, Self>,
        key: Key,
        event: &Event<'_>,
    ) -> anyhow::Result<()> {
        match event {
            Event::Presence { .. } => {
                self.sockets.update(key, |connection| {
                    connection.sessions.readers += 1;
                    connection.session_added();
                });
            }
            Event::Absence { .. } => {
                self.sockets.update(key, |connection| connection.sessions.readers -= 1);
                self.close_unless_used(cx, key);
            }
            Event::Settled { .. } => self.close_unless_used(cx, key),
            _ => {}
        }
        Ok(())
    }

    fn send(&mut self, cx: &mut Context<'_, Self>, key: Key, channel: &TcpChannel) {
        let options = &self.setup.options;
        let sent = self.sockets.update(key, |connection| {
            (connection.outgoing.send(&channel.subpacket, options), connection.is_closing())
        });
        let remote = &channel.destination;
        match sent {
            Some((Sent::Queued, _)) => {}
            Some((Sent::Full, _)) => self.send_full(cx, key, (&channel.source, remote)),
            Some((Sent::Ended, false)) => {
                warn!(%remote, "bytes sent after the end of the stream are dropped")
            }
            // If the handle has a new connection, that one receives the same message.
            Some((Sent::Ended, true)) | None => {
                debug!(%remote, "a closing connection does not send further bytes")
            }
        }
    }
}

/// The back-pressure on sessions.
impl Driver {
    /// Informs sessions that the queue is full. A session that publishes `TcpPressure` pauses by itself, and its
    /// connection is still read. Otherwise two sessions that stream to each other would wait for each other forever.
    pub(crate) fn send_full(
        &self,
        cx: &mut Context<'_, Self>,
        key: Key,
        (local, remote): (&TcpAddress, &TcpAddress),
    ) {
        cx.observe_publishers(TcpPressure::flow(local, remote))
            .named(name(key, Side::Pressure))
            .on_presence(move |driver, cx, _| driver.pressure_publisher_added(cx, key))
            .on_absence(move |driver, _, _, _| {
                driver.sockets.update(key, |connection| connection.sessions.pressure_publishers -= 1);
            })
            // The queue may have been drained meanwhile.
            .on_settled(move |driver, _, _| {
                driver.sockets.update(key, |connection| {
                    connection.sessions.repeats_full = connection.outgoing.full_is_sent();
                });
            });
        // Sent now, so that the message with `full: false` comes after it.
        cx.send_feedback(TcpPressure { source: local.clone(), destination: remote.clone(), full: true });
    }

    fn pressure_publisher_added(&self, cx: &mut Context<'_, Self>, key: Key) {
        let late = self.sockets.update(key, |connection| {
            connection.sessions.pressure_publishers += 1;
            connection.sessions.repeats_full.then(|| connection.ends_unless_closing()).flatten()
        });
        // The new publisher has missed the first message.
        if let Some(Some((source, destination))) = late {
            cx.send_feedback(TcpPressure { source, destination, full: true });
        }
    }

    fn send_relief(&self, cx: &mut Context<'_, Self>, key: Key, (source, destination): Ends) {
        let is_due = self.sockets.update(key, |connection| {
            let is_due = connection.outgoing.take_relief();
            connection.sessions.repeats_full &= !is_due;
            is_due
        });
        if is_due == Some(true) {
            cx.send_feedback(TcpPressure { source, destination, full: false });
            cx.delete(name(key, Side::Pressure));
        }
    }
}
