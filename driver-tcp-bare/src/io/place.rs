//! A socket's place among those of the driver.

use std::time::Instant;

use mio::Token;
use mio::event::{Event, Source};

use super::connection::Connection;
use super::listener::Listener;
use crate::admission::Conversation;

/// Names a socket: a later one in the same place has another serial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    /// Counts up from none; used again when the socket is gone.
    pub(crate) index: u32,
    pub(super) serial: u32,
}

/// A socket, and where it stands.
pub(super) struct Place {
    pub(super) key: Key,
    pub(super) socket: Socket,
    /// What an inbound connection was admitted as.
    pub(super) conversation: Option<Conversation>,
    /// The deadline of which the clock knows.
    pub(super) deadline: Option<Instant>,
    /// Whether it is in the list of those of which something has been asked.
    pub(super) is_asked: bool,
    /// Whether it is in the queue of those to be served.
    pub(super) is_queued: bool,
}

#[expect(clippy::large_enum_variant, reason = "nearly all are connections")]
pub(super) enum Socket {
    Listener(Box<Listener>),
    Connection(Connection),
}

impl Key {
    /// By which the poller names the socket.
    pub(super) const fn token(self) -> Token {
        Token(self.index as usize)
    }
}

impl Place {
    pub(super) const fn new(key: Key, socket: Socket, conversation: Option<Conversation>) -> Self {
        Self { key, socket, conversation, deadline: None, is_asked: false, is_queued: false }
    }

    /// The socket as the poller takes it.
    pub(super) fn source(&mut self) -> &mut dyn Source {
        match &mut self.socket {
            Socket::Listener(listener) => &mut listener.socket,
            Socket::Connection(connection) => &mut connection.socket,
        }
    }

    /// Notes what the system tells of the socket.
    pub(super) fn note(&mut self, event: &Event) {
        match &mut self.socket {
            Socket::Listener(listener) => listener.is_ready = true,
            Socket::Connection(connection) => connection.note(event),
        }
    }

    /// Notes that a deadline has passed, unless it has been put off.
    pub(super) fn pass(&mut self, deadline: Instant) {
        self.deadline = None;
        match &mut self.socket {
            Socket::Listener(listener) => listener.deadline = None,
            Socket::Connection(connection) => connection.pass(deadline),
        }
    }

    /// The deadline that counts from now on.
    pub(super) const fn next_deadline(&self) -> Option<Instant> {
        match &self.socket {
            Socket::Listener(listener) => listener.deadline,
            Socket::Connection(connection) => connection.deadline,
        }
    }

    /// Whether it is to be served once more although the system tells of nothing new.
    pub(super) fn has_more(&self) -> bool {
        match &self.socket {
            Socket::Listener(listener) => listener.has_more(),
            Socket::Connection(connection) => connection.has_more(),
        }
    }
}
