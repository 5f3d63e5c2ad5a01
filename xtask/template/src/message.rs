//! The vocabulary: entries, and what the driver says of its files.

use std::sync::Arc;

use marketplace_core::{Message, Reason, topic};

/// An entry for a file: a line, or several.
///
/// A process that publishes entries for a file wants it to be open. While it is, the driver subscribes to its entries:
/// what is sent earlier or later is taken by nobody.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
pub struct Entry {
    /// The file: a path below the driver's folder.
    pub file: Arc<str>,
    /// What is written, and a line's end after it; never matched on.
    #[message(skip)]
    pub text: String,
}

/// State of a file, published while so much waits to be written that its writers are to wait.
///
/// Its participant publisher's presence says so, to latecomers too. No message is ever sent.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
pub struct JournalFull {
    /// The file.
    pub file: Arc<str>,
}

/// A file could not be opened or written, or an entry was refused.
///
/// Nobody is warned of one that nobody takes: the driver logs a warning of its own.
#[derive(Clone, Debug, Message)]
#[message(lossy)]
pub struct JournalError {
    /// The file.
    pub file: Arc<str>,
    /// What went wrong; never matched on.
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
