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

/// A terminal, if it is one.
#[derive(Clone, Debug)]
pub(crate) enum Terminal {
    /// That of standard output, or else of standard error, or else of standard input.
    Standard,
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

    /// A source that says when to look again: as it opens, and whenever the size has changed.
    pub(crate) fn changes() -> EventSource {
        EventSource::once("terminal size", resizes())
    }
}
