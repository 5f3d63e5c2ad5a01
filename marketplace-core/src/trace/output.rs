//! Where the lines of a trace are written.

use std::fmt;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

use tracing::warn;

/// The program's log, or a writer.
pub(super) enum Output {
    Log,
    /// `None` once writing has failed.
    Writer(Mutex<Option<Box<dyn Write + Send>>>),
}

impl Output {
    pub(super) fn writer(writer: impl Write + Send + 'static) -> Self {
        Self::Writer(Mutex::new(Some(Box::new(writer))))
    }

    /// Writes one line or several, or logs them.
    pub(super) fn write(&self, lines: &str, log: impl FnOnce(&str)) {
        let writer = match self {
            Self::Log => return log(lines),
            Self::Writer(writer) => writer,
        };
        let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(open) = &mut *writer else { return };
        if let Err(error) = open.write_all(format!("{lines}\n").as_bytes()) {
            *writer = None;
            drop(writer);
            warn!(%error, "writing a trace failed, and nothing more is written");
        }
    }

    /// Whether writing has failed, so that nothing more is written.
    pub(super) fn is_over(&self) -> bool {
        match self {
            Self::Log => false,
            Self::Writer(writer) => writer.lock().unwrap_or_else(PoisonError::into_inner).is_none(),
        }
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Log => "Log",
            Self::Writer(_) => "Writer(..)",
        })
    }
}
