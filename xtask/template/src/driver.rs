//! The driver's process: it observes which files have writers, and starts a process for each of these files.

use std::path::PathBuf;
use std::sync::Arc;

use marketplace_core::{Pattern, ServiceMatcher, Spawn, Stopping, topic};

use crate::journal::journal;
use crate::message::Entry;

/// Returns the driver's process, which appends entries to files in `folder`.
///
/// A file is open while some process publishes entries for it.
#[must_use]
pub fn journal_driver(folder: impl Into<PathBuf>) -> Spawn {
    let folder = folder.into();
    Spawn::new((), move |(), cx| {
        // A `DemandMatcher` would end a file's process before it has written everything.
        let journals = ServiceMatcher::new(move |file: &Arc<str>, demand| {
            Some(journal(&folder, Arc::clone(file), demand))
        });
        cx.observe_publishers(topic!(Entry { .. }))
            .match_demand(&journals, |writer| writer.conversation.file.value());
        // One round later: entries that are sent in response to the stop are still accepted.
        cx.observe_publishers(topic!(Stopping { .. }))
            .on_presence(|(), cx, _| cx.yield_then(|(), cx| cx.quit()));
    })
    .named("journal driver")
}
