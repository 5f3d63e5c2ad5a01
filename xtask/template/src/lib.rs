#![doc = include_str!("../README.md")]

mod driver;
mod io;
mod journal;
mod message;

pub use driver::journal_driver;
pub use message::{Entry, EntryPattern, JournalError, JournalErrorPattern, JournalFull, JournalFullPattern};
