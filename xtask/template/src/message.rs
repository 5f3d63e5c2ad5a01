//! The messages: entries, and what the driver reports about its files.

use std::sync::Arc;

use marketplace_core::{Message, Reason, topic};

/// An entry for a file: a line, or several.
///
/// A process that publishes entries for a file demands that it be open. The driver subscribes to the entries of a file
/// while the file is open. An entry that is sent earlier or later has no receiver.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
pub struct Entry {
    /// The file: a path below the driver's folder.
    pub file: Arc<str>,
    /// The text, which is written with a line end after it. Patterns cannot match on it.
    #[message(skip)]
    pub text: String,
}

/// The state of a file for which so much waits to be written that its writers should pause.
///
/// The driver has a publisher of this type while that is so. No message is ever sent.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
pub struct JournalFull {
    /// The file.
    pub file: Arc<str>,
}

/// A file could not be opened or written, or an entry was refused.
///
/// The driver also logs a warning. So the log has no second warning if this message has no receiver.
#[derive(Clone, Debug, Message)]
#[message(lossy)]
pub struct JournalError {
    /// The file.
    pub file: Arc<str>,
    /// What went wrong. Patterns cannot match on it.
    #[message(skip)]
    pub reason: Reason,
}

impl Entry {
    /// An entry.
    pub fn new(file: impl Into<Arc<str>>, text: impl Into<String>) -> Self {
        Self { file: file.into(), text: text.into() }
    }

    /// The topic of a file's entries.
    #[must_use]
    pub fn of(file: &str) -> EntryPattern {
        topic!(Self { file: file.into(), .. })
    }
}
