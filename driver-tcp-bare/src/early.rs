//! What is sent on a connection before it is there to take it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::io::{Controls, Sent};
use crate::message::{TcpAddress, TcpChannel, TcpSubPacket};
use crate::options::Options;

/// The local and the remote end of an outbound connection.
pub(crate) type Ends = (TcpAddress, TcpAddress);

/// The connections that are demanded and not there yet: what is sent on them is queued.
#[derive(Clone, Default)]
pub(crate) struct EarlyConnections(Arc<Mutex<HashMap<Ends, Early>>>);

struct Early {
    controls: Controls,
    /// Whether a session has ever been there to send.
    had_sender: bool,
}

/// A connection not there yet; one no longer once this is dropped.
pub(crate) struct EarlyConnection {
    all: EarlyConnections,
    pub(crate) ends: Ends,
    pub(crate) controls: Controls,
}

impl EarlyConnections {
    pub(crate) fn begin(&self, ends: &Ends, options: &Options) -> EarlyConnection {
        let controls = Controls::new(options);
        self.lock().insert(ends.clone(), Early { controls: controls.clone(), had_sender: false });
        EarlyConnection { all: self.clone(), ends: ends.clone(), controls }
    }

    /// Notes that a session would send on a connection, if that is not there yet.
    pub(crate) fn note_sender(&self, ends: &Ends) {
        if let Some(early) = self.lock().get_mut(ends) {
            early.had_sender = true;
        }
    }

    /// Queues what is sent on a connection that is not there yet.
    pub(crate) fn send(&self, channel: &TcpChannel) -> Sent {
        let early = self.lock();
        if early.is_empty() {
            return Sent::Queued;
        }
        let early = early.get(&(channel.source.clone(), channel.destination.clone()));
        early.map_or(Sent::Queued, |early| forward(channel, &early.controls))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Ends, Early>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EarlyConnection {
    /// It is there now: whether a session has ever been there to send. Nothing, if the demand for it has not
    /// lasted: where it went and came back, a newer one serves it.
    pub(crate) fn had_sender(mut self) -> Option<bool> {
        self.remove().map(|early| early.had_sender)
    }

    fn remove(&mut self) -> Option<Early> {
        let mut all = self.all.lock();
        all.get(&self.ends).filter(|early| early.controls.is(&self.controls))?;
        all.remove(&self.ends)
    }
}

impl Drop for EarlyConnection {
    fn drop(&mut self) {
        self.remove();
    }
}

/// Has a session's message sent.
pub(crate) fn forward(channel: &TcpChannel, controls: &Controls) -> Sent {
    match &channel.subpacket {
        TcpSubPacket::Bytes(bytes) => controls.send(bytes.clone()),
        TcpSubPacket::Eof => {
            controls.end_sending();
            Sent::Queued
        }
    }
}
