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
pub(crate) struct EarlyConnections(Arc<Mutex<HashMap<Ends, Controls>>>);

/// A connection not there yet; one no longer once this is dropped.
pub(crate) struct EarlyConnection {
    all: EarlyConnections,
    pub(crate) ends: Ends,
    pub(crate) controls: Controls,
}

impl EarlyConnections {
    pub(crate) fn begin(&self, ends: &Ends, options: &Options) -> EarlyConnection {
        let controls = Controls::new(options);
        self.lock().insert(ends.clone(), controls.clone());
        EarlyConnection { all: self.clone(), ends: ends.clone(), controls }
    }

    /// Notes that a session would send on a connection, if that is not there yet.
    pub(crate) fn note_sender(&self, ends: &Ends) {
        if let Some(controls) = self.lock().get(ends) {
            controls.note_sender();
        }
    }

    /// Queues what is sent on a connection that is not there yet.
    pub(crate) fn send(&self, channel: &TcpChannel) -> Sent {
        let early = self.lock();
        if early.is_empty() {
            return Sent::Queued;
        }
        let controls = early.get(&(channel.source.clone(), channel.destination.clone()));
        controls.map_or(Sent::Queued, |controls| forward(channel, controls))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Ends, Controls>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EarlyConnection {
    /// Whether the demand for it has lasted: where it went and came back, a newer one serves it.
    pub(crate) fn is_demanded(&self) -> bool {
        self.all.lock().get(&self.ends).is_some_and(|controls| controls.is(&self.controls))
    }
}

impl Drop for EarlyConnection {
    fn drop(&mut self) {
        let mut early = self.all.lock();
        if early.get(&self.ends).is_some_and(|controls| controls.is(&self.controls)) {
            early.remove(&self.ends);
        }
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
