//! The system's signals. Only this module names async-io and signal-hook.

use std::io;

use marketplace_core::EventSource;

use crate::message::SignalKind;

#[cfg(unix)]
mod delivery;
#[cfg(unix)]
mod disposition;
#[cfg(unix)]
mod number;
#[cfg(not(unix))]
mod refusal;

#[cfg(unix)]
use delivery::Delivery;
#[cfg(not(unix))]
use refusal::Delivery;

/// A caught signal. When this is dropped, the signal does again what it did before.
#[derive(Debug)]
pub(crate) struct Caught {
    _delivery: Delivery,
    source: EventSource,
}

/// An event of a signal's source: a signal was received, or, as the last event, an error.
pub(crate) type Received = io::Result<()>;

impl Caught {
    /// Catches a signal from now on.
    pub(crate) fn new(kind: SignalKind) -> io::Result<Self> {
        let (delivery, received) = Delivery::begin(kind)?;
        Ok(Self { _delivery: delivery, source: EventSource::once(kind.name(), received) })
    }

    /// An event source for the received signals. Signals that have been received since the signal is caught wait there.
    /// It does not keep the program running: see [`EventSource::in_background`].
    pub(crate) fn source(&self) -> EventSource {
        self.source.clone().in_background()
    }
}
