//! Takes in clients' connections, on which they may ask one question after the other.

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
    /// How many requests wait for their answers.
    pending: usize,
    /// Whether they have yet to take enough of the answers.
    is_full: bool,
    /// Whether what they send is read.
    is_read: bool,
    /// Whether they will ask nothing more.
    has_ended: bool,
    /// Whether a turn to go on has been asked for.
    is_due: bool,
    /// Whether nothing has been asked since the last look.
    is_idle: bool,
}

/// How long a connection may stand on which nothing is asked; at most twice as long.
const IDLE: Duration = Duration::from_secs(30);

/// How many requests of one connection wait for their answers at a time, and are taken up in one turn.
const MOST_PENDING: usize = 8;

/// How many bytes of a connection may wait to be taken up before no more are read.
const BACKLOG: usize = 64 * 1024;

/// The endpoint that lets a connection be read.
const READER: &str = "reader";

/// Serves each connection to a listener.
pub(crate) fn connections(us: TcpAddress) -> Spawn {
    Spawn::new((), move |(), cx| {
        // By who receives, since answers are sent after the client's last byte too.
        cx.meta()
            .observe_subscribers(topic!(TcpChannel { source: us, destination: _, .. }))
            .for_each_conversation(|conversation| conversation.ends().map(|(us, them)| connection(us, them)));
    })
    .named("connections")
}

/// Serves what comes on a connection, as long as anything may.
fn connection(us: TcpAddress, them: TcpAddress) -> Spawn {
    Spawn::new(Connection::new(us, them), |connection, cx| {
        Connection::watch_for_idleness(cx);
        let (us, them) = (&connection.us, &connection.them);
        let mut outside = cx.meta();
        outside.publisher(TcpChannel::flow(us, them)).on_absence(|_, cx, _, _| cx.quit());
        // As an observer, since some more may come after the reader has been withdrawn.
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
        // A client's process goes when its answer has been sent.
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

    /// Takes up some of what has been asked; reads on after the last of it.
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
            Received::NoRequest => debug!(?back, "dropped: no request"),
        }
    }

    /// Reads, or if there is nothing more to be read, ends with the last answer.
    fn read_on(&mut self, cx: &mut Context<'_, Self>) {
        if self.has_ended && self.pending == 0 {
            cx.quit();
        } else if !self.has_ended && !self.is_read {
            self.is_read = true;
            cx.meta().subscriber(TcpChannel::flow(&self.them, &self.us)).named(READER);
        }
    }

    /// Takes in what they send; when too much of it waits here, the rest is to wait at the client.
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

    /// Ends once nothing has been asked for some time.
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
