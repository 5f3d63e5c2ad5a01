//! The driver: it sees which files are wanted, and has each served by a process.

use std::path::PathBuf;
use std::sync::Arc;

use marketplace_core::{Pattern, ServiceMatcher, Spawn, Stopping, topic};

use crate::journal::journal;
use crate::message::Entry;

/// The driver's process: it appends entries to files in `folder`.
///
/// Each of them is open while somebody publishes entries for it.
#[must_use]
pub fn journal_driver(folder: impl Into<PathBuf>) -> Spawn {
    let folder = folder.into();
    Spawn::new((), move |(), cx| {
        // Not a `DemandMatcher`: that would end a file's process with what it has still to write.
        let journals = ServiceMatcher::new(move |file: &Arc<str>, demand| {
            Some(journal(&folder, Arc::clone(file), demand))
        });
        cx.observe_publishers(topic!(Entry { .. }))
            .match_demand(&journals, |writer| writer.conversation.file.value());
        // A round later, so that what others send at the word of a stop is still taken.
        cx.observe_publishers(topic!(Stopping { .. }))
            .on_presence(|(), cx, _| cx.yield_then(|(), cx| cx.quit()));
    })
    .named("journal driver")
}
