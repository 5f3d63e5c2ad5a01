//! A connection that is there: a process that speaks for one socket.

use marketplace_core::{Context, EventSource, Spawn, Stopping, topic};
use tracing::{debug, warn};

use crate::early::{EarlyConnection, forward};
use crate::io::{Activity, Controls, Sent};
use crate::message::{TcpAddress, TcpChannel, TcpPressure};

/// The endpoint that offers what comes in, while anything may come.
const INBOUND: &str = "inbound";

/// The endpoint that takes what goes out.
const OUTBOUND: &str = "outbound";

/// The endpoint that counts the sessions' readers.
const READERS: &str = "readers";

struct Connection {
    local: TcpAddress,
    remote: TcpAddress,
    controls: Controls,
    /// Session endpoints that take what comes in.
    readers: usize,
    /// Session endpoints that send.
    writers: usize,
    /// Session endpoints that hear of pressure.
    pacers: usize,
}

/// Speaks for a connection that came in.
pub(crate) fn inbound(
    local: TcpAddress,
    remote: TcpAddress,
    controls: Controls,
    source: EventSource,
) -> Spawn {
    connection(local, remote, controls, source, None)
}

/// Speaks for a connection that was asked for; goes on with what was queued before.
pub(crate) fn outbound(early: EarlyConnection, source: EventSource) -> Spawn {
    let (local, remote) = early.ends.clone();
    connection(local, remote, early.controls.clone(), source, Some(early))
}

fn connection(
    local: TcpAddress,
    remote: TcpAddress,
    controls: Controls,
    source: EventSource,
    early: Option<EarlyConnection>,
) -> Spawn {
    let name = format!("tcp {local} - {remote}");
    let connection = Connection { local, remote, controls, readers: 0, writers: 0, pacers: 0 };
    Spawn::new(connection, move |connection, cx| {
        cx.on_event(&source, Connection::happen).on_absence(|_, cx, _, _| cx.quit());
        connection.offer(cx, early);
        connection.count_pacers(cx);
        cx.observe_publishers(topic!(Stopping { .. })).on_arrival(|connection: &mut Connection, _, _| {
            connection.controls.stop();
        });
    })
    .named(name)
}

impl Connection {
    /// Offers both directions to sessions, and counts the sessions' endpoints.
    fn offer(&self, cx: &mut Context<'_, Self>, mut early: Option<EarlyConnection>) {
        let inbound = TcpChannel::flow(&self.remote, &self.local);
        let outbound = TcpChannel::flow(&self.local, &self.remote);
        let is_outbound = early.is_some();
        cx.subscriber(outbound)
            .named(OUTBOUND)
            .on_presence(|connection, _, _| {
                connection.writers += 1;
                connection.controls.take();
            })
            .on_absence(|connection, cx, _, _| {
                connection.writers -= 1;
                if connection.writers == 0 {
                    connection.controls.end_sending();
                }
                connection.close_unless_used(cx);
            })
            .on_message(|connection, cx, channel| connection.send(cx, channel))
            // From now on messages come here, not there.
            .on_settled(move |_, _, _| drop(early.take()));
        cx.publisher(inbound.clone()).named(INBOUND);
        // Outlives the offer, so that a session can still answer an end-of-file.
        cx.observe_subscribers(inbound)
            .named(READERS)
            .on_presence(|connection, _, _| {
                connection.readers += 1;
                connection.controls.take();
                connection.controls.read(true);
            })
            .on_absence(|connection, cx, _, _| {
                connection.readers -= 1;
                connection.controls.read(connection.readers > 0);
                connection.close_unless_used(cx);
            })
            // The demand for it may have gone while it was made.
            .on_settled(move |connection, cx, _| {
                if is_outbound {
                    connection.close_unless_used(cx);
                }
            });
    }

    /// A session that is told when to wait is read from meanwhile: else two that stream to each other would
    /// both wait, for ever.
    fn count_pacers(&self, cx: &mut Context<'_, Self>) {
        let (local, remote) = (&self.local, &self.remote);
        cx.observe_publishers(topic!(TcpPressure { source: local, destination: remote, .. }))
            .on_presence(|connection, cx, _| {
                connection.pacers += 1;
                connection.controls.pace(true);
                // Nobody else would tell one who comes late.
                if connection.controls.is_told_full() {
                    cx.send_feedback(connection.pressure(true));
                }
            })
            .on_absence(|connection, _, _, _| {
                connection.pacers -= 1;
                connection.controls.pace(connection.pacers > 0);
            });
    }

    fn happen(&mut self, cx: &mut Context<'_, Self>, activity: &Activity) {
        match activity {
            Activity::Data(bytes) => {
                cx.send(TcpChannel::bytes(&self.remote, &self.local, bytes.clone()));
                // So nothing piles up between the socket and a session that answers.
                cx.yield_then(|connection, _| connection.controls.delivered());
            }
            Activity::Eof => {
                cx.send(TcpChannel::eof(&self.remote, &self.local));
                cx.delete(INBOUND);
            }
            Activity::Relieved => {
                if self.controls.is_relieved() {
                    cx.send_feedback(self.pressure(false));
                }
            }
            // A session sees that as the end of the conversation, and finishes.
            Activity::Stopped => {
                cx.delete(INBOUND);
                self.close_unless_used(cx);
            }
            Activity::Failed(reason) => {
                debug!(%reason, remote = %self.remote, "connection lost");
                cx.quit_because(reason.clone());
            }
        }
    }

    fn send(&self, cx: &mut Context<'_, Self>, channel: &TcpChannel) {
        match forward(channel, &self.controls) {
            Sent::Queued => {}
            Sent::Full => cx.send_feedback(self.pressure(true)),
            Sent::Ended => warn!(remote = %self.remote, "bytes sent after the end of the stream are dropped"),
        }
    }

    fn pressure(&self, full: bool) -> TcpPressure {
        TcpPressure { source: self.local.clone(), destination: self.remote.clone(), full }
    }

    /// Closes the connection once no session has an endpoint in either direction.
    fn close_unless_used(&self, cx: &mut Context<'_, Self>) {
        if self.readers == 0 && self.writers == 0 {
            self.close(cx);
        }
    }

    /// Withdraws from sessions at once; the rest of the closing is the source's.
    fn close(&self, cx: &mut Context<'_, Self>) {
        cx.delete(INBOUND);
        cx.delete(OUTBOUND);
        cx.delete(READERS);
        self.controls.close();
    }
}
