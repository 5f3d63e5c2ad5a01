//! A connection that is there: a process that speaks for one socket.

use anyhow::Context as _;
use marketplace_core::{Context, Reason, Spawn, Stopping, topic};
use tracing::{debug, warn};

use crate::early::{EarlyConnection, forward};
use crate::io::{Activity, ConnectedSocket, Controls};
use crate::message::{TcpAddress, TcpChannel};

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
}

/// Speaks for a connection that came in.
pub(crate) fn inbound(local: TcpAddress, remote: TcpAddress, socket: ConnectedSocket) -> Spawn {
    connection(local, remote, socket, Controls::default(), None)
}

/// Speaks for a connection that was asked for; goes on with what was queued before.
pub(crate) fn outbound(early: EarlyConnection, socket: ConnectedSocket) -> Spawn {
    let (local, remote) = early.ends.clone();
    connection(local, remote, socket, early.controls.clone(), Some(early))
}

fn connection(
    local: TcpAddress,
    remote: TcpAddress,
    socket: ConnectedSocket,
    controls: Controls,
    early: Option<EarlyConnection>,
) -> Spawn {
    let name = format!("tcp {local} - {remote}");
    let source = controls.source(socket);
    let connection = Connection { local, remote, controls, readers: 0, writers: 0 };
    Spawn::new(connection, move |connection, cx| {
        cx.on_event(&source, Connection::happen).on_absence(|_, cx, _, _| cx.quit());
        connection.offer(cx, early);
        cx.observe_publishers(topic!(Stopping { .. })).on_arrival(|connection: &mut Connection, cx, _| {
            connection.stop(cx);
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
            .on_presence(|connection, _, _| connection.writers += 1)
            .on_absence(|connection, cx, _, _| {
                connection.writers -= 1;
                if connection.writers == 0 {
                    connection.controls.end_sending();
                }
                connection.close_unless_used(cx);
            })
            .on_message(|connection, _, channel| {
                if !forward(channel, &connection.controls) {
                    warn!(remote = %connection.remote, "bytes sent after the end of the stream are dropped");
                }
            })
            // From now on messages come here, not there.
            .on_settled(move |_, _, _| drop(early.take()));
        cx.publisher(inbound.clone()).named(INBOUND);
        // Outlives the offer, so that a session can still answer an end-of-file.
        cx.observe_subscribers(inbound)
            .named(READERS)
            .on_presence(|connection, _, _| {
                connection.readers += 1;
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

    fn happen(&mut self, cx: &mut Context<'_, Self>, activity: &Activity) -> anyhow::Result<()> {
        match activity {
            Activity::Data(bytes) => cx.send(TcpChannel::bytes(&self.remote, &self.local, bytes.clone())),
            Activity::Eof => {
                cx.send(TcpChannel::eof(&self.remote, &self.local));
                cx.delete(INBOUND);
            }
            Activity::Failed(error) => {
                let error = error.take().context("an error has one owner")?;
                debug!(%error, remote = %self.remote, "connection lost");
                cx.quit_because(Reason::error(error));
            }
        }
        Ok(())
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

    /// Takes no more in; a session sees that as the end of the conversation, and finishes.
    fn stop(&self, cx: &mut Context<'_, Self>) {
        self.controls.read(false);
        cx.delete(INBOUND);
        self.close_unless_used(cx);
    }
}
