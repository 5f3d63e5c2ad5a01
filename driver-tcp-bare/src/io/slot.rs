//! A slot of the pool: a socket with the state that the pool keeps about it.

use std::time::Instant;

use mio::Token;
use mio::event::{Event, Source};

use super::connection::Connection;
use super::listener::Listener;
use crate::admission::Conversation;

/// Identifies a socket of the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    /// The index of the slot, from 0. It is used again after the socket has been removed.
    pub(crate) index: u32,
    /// Distinguishes the socket from other sockets that had the same slot.
    pub(super) serial: u32,
}

/// A socket, and the state that the pool keeps about it.
pub(super) struct Slot {
    pub(super) key: Key,
    pub(super) socket: Socket,
    /// The conversation of an inbound connection, as admission control knows it.
    pub(super) conversation: Option<Conversation>,
    /// The deadline as it is in [`Deadlines`](super::deadlines::Deadlines).
    pub(super) deadline: Option<Instant>,
    /// Whether the key is in the pool's list `changed`.
    pub(super) is_changed: bool,
    /// Whether the key is in the pool's `queue` or in `requeue`.
    pub(super) is_queued: bool,
}

#[expect(clippy::large_enum_variant, reason = "nearly all are connections")]
pub(super) enum Socket {
    Listener(Box<Listener>),
    Connection(Connection),
}

impl Key {
    /// The token that identifies the socket in the poller.
    pub(super) const fn token(self) -> Token {
        Token(self.index as usize)
    }
}

impl Slot {
    pub(super) const fn new(key: Key, socket: Socket, conversation: Option<Conversation>) -> Self {
        Self { key, socket, conversation, deadline: None, is_changed: false, is_queued: false }
    }

    /// The socket, for registering it with the poller.
    pub(super) fn source(&mut self) -> &mut dyn Source {
        match &mut self.socket {
            Socket::Listener(listener) => &mut listener.socket,
            Socket::Connection(connection) => &mut connection.socket,
        }
    }

    /// Notes the readiness that the poller reported.
    pub(super) fn note(&mut self, event: &Event) {
        match &mut self.socket {
            Socket::Listener(listener) => listener.is_ready = true,
            Socket::Connection(connection) => connection.note(event),
        }
    }

    /// Notes that a deadline has passed, unless it has been changed or removed.
    pub(super) fn pass(&mut self, deadline: Instant) {
        self.deadline = None;
        match &mut self.socket {
            Socket::Listener(listener) => listener.deadline = None,
            Socket::Connection(connection) => connection.pass(deadline),
        }
    }

    /// The deadline that the socket has now.
    pub(super) const fn next_deadline(&self) -> Option<Instant> {
        match &self.socket {
            Socket::Listener(listener) => listener.deadline,
            Socket::Connection(connection) => connection.deadline,
        }
    }

    /// Whether the socket must be served again without a new report of the poller.
    pub(super) fn has_more(&self) -> bool {
        match &self.socket {
            Socket::Listener(listener) => listener.has_more(),
            Socket::Connection(connection) => connection.has_more(),
        }
    }
}
