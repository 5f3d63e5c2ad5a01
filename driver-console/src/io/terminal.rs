//! The terminal's size.

#[cfg(unix)]
use std::os::fd::OwnedFd;
#[cfg(unix)]
use std::sync::Arc;

use marketplace_core::EventSource;
#[cfg(unix)]
use terminal_size::terminal_size_of;
use terminal_size::{Height, Width, terminal_size};

use super::resizes::resizes;
use crate::message::TerminalSize;

/// The terminal whose size is published. It may turn out to be no terminal.
#[derive(Clone, Debug)]
pub(crate) enum Terminal {
    /// The terminal of standard output, or else of standard error, or else of standard input.
    Standard,
    /// The terminal of this file descriptor.
    #[cfg(unix)]
    Given(Arc<OwnedFd>),
}

impl Terminal {
    pub(crate) const fn standard() -> Self {
        Self::Standard
    }

    #[cfg(unix)]
    pub(crate) fn new(terminal: OwnedFd) -> Self {
        Self::Given(Arc::new(terminal))
    }

    pub(crate) fn size(&self) -> Option<TerminalSize> {
        let (Width(columns), Height(rows)) = match self {
            Self::Standard => terminal_size(),
            #[cfg(unix)]
            Self::Given(terminal) => terminal_size_of(terminal),
        }?;
        Some(TerminalSize { columns, rows })
    }

    /// An event source that emits an event when it opens, and when the size has changed.
    pub(crate) fn changes() -> EventSource {
        EventSource::once("terminal size", resizes())
    }
}
