//! Clients' connections, on which they may ask several questions.

use std::time::Duration;

use driver_tcp_bare::{TcpAddress, TcpChannel, TcpPressure, TcpSubPacket};
use marketplace_core::{Context, Spawn, topic};
use tracing::debug;

use crate::client::{Return, client};
use crate::frame::Frames;
use crate::request::Received;

struct Connection {
    us: TcpAddress,
    them: TcpAddress,
    frames: Frames,
    /// The number of requests without an answer.
    pending: usize,
    /// Whether the client has to receive more of its answers first.
    is_full: bool,
    /// Whether the connection is being read.
    is_read: bool,
    /// Whether the client has sent its last byte.
    has_ended: bool,
    /// Whether a yield to continue is pending.
    is_due: bool,
    /// Whether there was no request since the last check.
    is_idle: bool,
}

/// How long a connection may be idle. It can take up to twice as long until it is closed.
const IDLE: Duration = Duration::from_secs(30);

/// The maximum number of unanswered requests of a connection, and of requests that are accepted in one turn.
const MOST_PENDING: usize = 8;

/// The number of unprocessed bytes above which a connection is not read.
const BACKLOG: usize = 64 * 1024;

/// The endpoint that receives from the connection.
const READER: &str = "reader";

/// Serves each connection of a listener.
pub(crate) fn connections(us: TcpAddress) -> Spawn {
    Spawn::new((), move |(), cx| {
        // This watches the receiving direction, since answers are sent even after the client's last byte.
        cx.meta()
            .observe_subscribers(topic!(TcpChannel { source: us, destination: _, .. }))
            .for_each_conversation(|conversation| conversation.ends().map(|(us, them)| connection(us, them)));
    })
    .named("connections")
}

/// Serves the requests of a connection, until there can be no more.
fn connection(us: TcpAddress, them: TcpAddress) -> Spawn {
    Spawn::new(Connection::new(us, them), |connection, cx| {
        Connection::watch_for_idleness(cx);
        let (us, them) = (&connection.us, &connection.them);
        let mut outside = cx.meta();
        outside.publisher(TcpChannel::flow(us, them)).on_absence(|_, cx, _, _| cx.quit());
        // An observer, since more bytes may arrive after the reader has been deleted.
        outside
            .observe_publishers(TcpChannel::flow(them, us))
            .on_message(|connection: &mut Connection, cx, channel| {
                if let TcpSubPacket::Bytes(bytes) = &channel.subpacket {
                    connection.hear(cx, bytes);
                }
            })
            .on_settled(|connection, cx, peers| {
                if peers == 0 {
                    connection.end(cx);
                }
            })
            .on_absence(|connection, cx, _, _| connection.end(cx));
        // A client process quits when its answer has been sent.
        outside.observe_publishers(TcpChannel::flow(us, them)).on_absence(
            |connection: &mut Connection, cx, _, _| {
                connection.pending = connection.pending.saturating_sub(1);
                connection.go_on(cx);
            },
        );
        outside.publisher(TcpPressure::flow(us, them)).on_message(
            |connection: &mut Connection, cx, pressure| {
                connection.is_full = pressure.full;
                connection.go_on(cx);
            },
        );
        connection.go_on(cx);
    })
    .named("connection")
}

impl Connection {
    fn new(us: TcpAddress, them: TcpAddress) -> Self {
        Self {
            us,
            them,
            frames: Frames::default(),
            pending: 0,
            is_full: false,
            is_read: false,
            has_ended: false,
            is_due: false,
            is_idle: true,
        }
    }

    /// Processes some requests, and continues to read after the last of them.
    fn go_on(&mut self, cx: &mut Context<'_, Self>) {
        if self.is_due {
            return;
        }
        for _ in 0..MOST_PENDING {
            if self.is_full || self.pending == MOST_PENDING {
                return;
            }
            let Some(message) = self.frames.next() else { return self.read_on(cx) };
            self.is_idle = false;
            self.take_up(cx, &message);
        }
        self.is_due = true;
        cx.yield_then(|connection, cx| {
            connection.is_due = false;
            connection.go_on(cx);
        });
    }

    fn take_up(&mut self, cx: &mut Context<'_, Self>, message: &[u8]) {
        let back = Return::Stream(self.us.clone(), self.them.clone());
        match Received::from_bytes(message) {
            Received::Request(request) => {
                cx.spawn(client(request, back));
                self.pending += 1;
            }
            Received::Refused(bytes) => back.send(cx, bytes),
            Received::NoRequest => debug!(?back, "dropped: not a request"),
        }
    }

    /// Reads, or if there is nothing more to read, ends after the last answer.
    fn read_on(&mut self, cx: &mut Context<'_, Self>) {
        if self.has_ended && self.pending == 0 {
            cx.quit();
        } else if !self.has_ended && !self.is_read {
            self.is_read = true;
            cx.meta().subscriber(TcpChannel::flow(&self.them, &self.us)).named(READER);
        }
    }

    /// Accepts bytes. When too many of them wait here, the connection is not read, so that the rest waits at the client.
    fn hear(&mut self, cx: &mut Context<'_, Self>, bytes: &[u8]) {
        self.frames.extend(bytes);
        if self.is_read && self.frames.len() > BACKLOG {
            self.is_read = false;
            cx.meta().delete(READER);
        }
        self.go_on(cx);
    }

    fn end(&mut self, cx: &mut Context<'_, Self>) {
        self.has_ended = true;
        self.go_on(cx);
    }

    /// Ends after an idle time.
    fn watch_for_idleness(cx: &mut Context<'_, Self>) {
        cx.sleep_then(IDLE, |connection, cx| {
            if connection.is_idle && connection.pending == 0 {
                cx.quit();
            }
            connection.is_idle = true;
            Self::watch_for_idleness(cx);
        });
    }
}
