//! The system's signals: the only place that knows async-io and signal-hook.

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

/// A signal that is caught until this is dropped; then it does again what it did before.
#[derive(Debug)]
pub(crate) struct Caught {
    _delivery: Delivery,
    source: EventSource,
}

/// What the source of a signal says: that it has come, or, at last, why no more can be heard of it.
pub(crate) type Told = io::Result<()>;

impl Caught {
    /// Catches a signal, from now on.
    pub(crate) fn new(kind: SignalKind) -> io::Result<Self> {
        let (delivery, told) = Delivery::begin(kind)?;
        Ok(Self { _delivery: delivery, source: EventSource::once(kind.name(), told) })
    }

    /// Says whenever it comes; what has come since the signal is caught waits there. It keeps no program: see
    /// [`EventSource::in_background`].
    pub(crate) fn source(&self) -> EventSource {
        self.source.clone().in_background()
    }
}
