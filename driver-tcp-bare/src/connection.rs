//! A connection that is there: a process that speaks for one socket.

use marketplace_core::{Context, Endpoint, EventSource, Spawn, Stopping, topic};
use tracing::{debug, warn};

use crate::early::{EarlyConnection, forward};
use crate::io::{Activity, Controls, Sent};
use crate::message::{TcpAddress, TcpChannel, TcpChannelPattern, TcpPressure};

/// The endpoint that offers what comes in, while anything may come.
const INBOUND: &str = "inbound";

/// The endpoint that takes what goes out.
const OUTBOUND: &str = "outbound";

/// The endpoint that counts the sessions' readers once nothing is offered to them any more.
const READERS: &str = "readers";

/// The endpoint that counts the sessions that hear of pressure, while there is some.
const PACERS: &str = "pacers";

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
    /// Whether one that comes late is to be told that the queue is full.
    tells_latecomers: bool,
    /// Whether it has withdrawn from sessions.
    is_closing: bool,
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
    connection(local, remote, early.controls.clone(), source, Some(Box::new(early)))
}

fn connection(
    local: TcpAddress,
    remote: TcpAddress,
    controls: Controls,
    source: EventSource,
    early: Option<Box<EarlyConnection>>,
) -> Spawn {
    let name = format!("tcp {local} - {remote}");
    let connection = Connection {
        local,
        remote,
        controls,
        readers: 0,
        writers: 0,
        pacers: 0,
        tells_latecomers: false,
        is_closing: false,
    };
    Spawn::new(connection, move |connection, cx| {
        cx.on_event(&source, Connection::happen).on_absence(|_, cx, _, _| cx.quit());
        connection.offer(cx, early);
        cx.observe_publishers(topic!(Stopping { .. })).on_presence(|connection: &mut Connection, _, _| {
            connection.controls.stop();
        });
    })
    .named(name)
}

impl Connection {
    /// Offers both directions to sessions, and counts the sessions' endpoints.
    fn offer(&self, cx: &mut Context<'_, Self>, mut early: Option<Box<EarlyConnection>>) {
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
            .on_settled(move |connection, cx, writers| {
                // From now on messages come here, not there.
                if let Some(early) = early.take() {
                    let Some(had_sender) = early.had_sender() else { return connection.close(cx) };
                    if writers == 0 && had_sender {
                        connection.controls.end_sending();
                    }
                }
                if connection.controls.is_told_full() {
                    connection.tell_full(cx);
                }
            });
        // The demand for an outbound connection may have gone while it was made.
        let unless_used = move |connection: &mut Self, cx: &mut Context<'_, Self>, _| {
            if is_outbound {
                connection.close_unless_used(cx);
            }
        };
        count_readers(cx.publisher(inbound).named(INBOUND)).on_settled(unless_used);
    }

    /// Offers no more of what comes in. A session can still answer an end-of-file, so those that read are
    /// counted on.
    fn withdraw_offer(&self, cx: &mut Context<'_, Self>) {
        let inbound = TcpChannel::flow(&self.remote, &self.local);
        count_readers(cx.observe_subscribers(inbound).named(READERS));
        cx.delete(INBOUND);
    }

    /// Tells sessions that the queue is full. One that hears of it waits by itself, and is read from
    /// meanwhile: else two that stream to each other would both wait, for ever.
    fn tell_full(&self, cx: &mut Context<'_, Self>) {
        let (local, remote) = (&self.local, &self.remote);
        cx.observe_publishers(topic!(TcpPressure { source: local, destination: remote, .. }))
            .named(PACERS)
            .on_presence(|connection, cx, _| {
                connection.pacers += 1;
                connection.controls.pace(true);
                // Nobody else would tell one who comes late.
                if connection.tells_latecomers && !connection.is_closing {
                    cx.send_feedback(connection.pressure(true));
                }
            })
            .on_absence(|connection, _, _, _| {
                connection.pacers -= 1;
                connection.controls.pace(connection.pacers > 0);
            })
            // There may be relief by then.
            .on_settled(|connection, _, _| connection.tells_latecomers = connection.controls.is_told_full());
        // Asked for now, so that the news of relief comes after it.
        cx.send_feedback(self.pressure(true));
    }

    fn tell_relieved(&mut self, cx: &mut Context<'_, Self>) {
        self.tells_latecomers = false;
        cx.send_feedback(self.pressure(false));
        cx.delete(PACERS);
    }

    fn happen(&mut self, cx: &mut Context<'_, Self>, activity: &Activity) {
        if self.is_closing {
            // It was on its way to a session that has left; its handle's next one is not to hear it.
            return;
        }
        match activity {
            Activity::Data(bytes) => {
                cx.send(TcpChannel::bytes(&self.remote, &self.local, bytes.clone()));
                // So nothing piles up between the socket and a session that answers; a round later, so that a
                // session that leaves at this message has left before the next is read.
                cx.yield_then(|_, cx| {
                    cx.yield_then(|connection: &mut Self, _| connection.controls.delivered());
                });
            }
            Activity::Eof => {
                cx.send(TcpChannel::eof(&self.remote, &self.local));
                self.withdraw_offer(cx);
            }
            Activity::Relieved => {
                if self.controls.is_relieved() {
                    self.tell_relieved(cx);
                }
            }
            // A session sees that as the end of the conversation, and finishes.
            Activity::Stopped => {
                self.withdraw_offer(cx);
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
            Sent::Full => self.tell_full(cx),
            // A handle's next connection has them.
            Sent::Ended if self.is_closing => {
                debug!(remote = %self.remote, "bytes come too late for this connection");
            }
            Sent::Ended => warn!(remote = %self.remote, "bytes sent after the end of the stream are dropped"),
        }
    }

    fn pressure(&self, full: bool) -> TcpPressure {
        TcpPressure { source: self.local.clone(), destination: self.remote.clone(), full }
    }

    /// Closes the connection once no session has an endpoint in either direction.
    fn close_unless_used(&mut self, cx: &mut Context<'_, Self>) {
        if self.readers == 0 && self.writers == 0 {
            self.close(cx);
        }
    }

    /// Withdraws from sessions at once; the rest of the closing is the source's.
    fn close(&mut self, cx: &mut Context<'_, Self>) {
        self.is_closing = true;
        cx.delete(INBOUND);
        cx.delete(OUTBOUND);
        cx.delete(READERS);
        cx.delete(PACERS);
        self.controls.close();
    }
}

/// Counts who reads: what comes in is read for them.
fn count_readers<'a>(
    endpoint: Endpoint<'a, Connection, TcpChannelPattern>,
) -> Endpoint<'a, Connection, TcpChannelPattern> {
    endpoint
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
}
