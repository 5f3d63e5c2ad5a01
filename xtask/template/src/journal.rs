//! The process for one file.

use std::mem;
use std::path::Path;
use std::sync::Arc;

use anyhow::anyhow;
use marketplace_core::{Context, Demand, Reason, Spawn, topic};
use tracing::{debug, warn};

use crate::io::{Progress, Queue, open};
use crate::message::{Entry, JournalError, JournalFull};

/// When more bytes than this wait to be written, the writers are asked to pause, until half of that is left.
const HIGH_WATER_MARK: usize = 256 * 1024;

/// The most bytes that may wait. It is well above the mark, because writers send more until they see the request to pause.
const LIMIT: usize = 1024 * 1024;

/// The endpoint that receives entries while the file is open.
const ENTRIES: &str = "entries";

/// The endpoint whose presence asks the writers to pause.
const FULL: &str = "full";

struct Journal {
    file: Arc<str>,
    /// The queue to the file, as long as entries may be accepted.
    queue: Option<Queue>,
    is_wanted: bool,
    /// The bytes that are accepted and not yet written.
    waiting: usize,
    is_full: bool,
}

/// Returns the process for one file. It ends when the demand is gone and everything that was accepted is written.
pub(crate) fn journal(folder: &Path, file: Arc<str>, demand: Demand) -> Spawn {
    let name = format!("journal {file}");
    let (queue, source) = open(folder.join(&*file));
    let journal = Journal { file, queue: Some(queue), is_wanted: true, waiting: 0, is_full: false };
    Spawn::new(journal, move |_, cx| {
        cx.on_event(&source, Journal::progress)
            // Everything that was accepted is written.
            .on_absence(|_, cx, _, reason| cx.quit_because(reason.clone()));
        demand.on_end(cx, |journal: &mut Journal, cx, _| journal.close(cx));
    })
    .named(name)
}

impl Journal {
    fn progress(&mut self, cx: &mut Context<'_, Self>, progress: &Progress) {
        match progress {
            Progress::Opened if self.is_wanted => self.offer(cx),
            // The demand ended while the file was being opened.
            Progress::Opened => {}
            Progress::Written(bytes) => self.written(cx, *bytes),
            Progress::Failed(reason) => {
                warn!(file = %self.file, %reason, lost = self.waiting, "journal failed");
                self.report(cx, reason.clone());
                cx.quit_because(reason.clone());
            }
        }
    }

    /// The file is open. Subscribes to its entries, which is the presence that writers wait for.
    fn offer(&mut self, cx: &mut Context<'_, Self>) {
        debug!(file = %self.file, "journal opened");
        cx.subscriber(Entry::of(&self.file)).named(ENTRIES).on_message(Self::accept);
    }

    fn accept(&mut self, cx: &mut Context<'_, Self>, entry: &Entry) {
        let bytes = entry.text.len() + 1;
        if self.waiting + bytes > LIMIT {
            return self.report(cx, anyhow!("refused: more than {LIMIT} bytes would wait").into());
        }
        let Some(queue) = &self.queue else { return };
        queue.push(&entry.text);
        self.waiting += bytes;
        if self.waiting > HIGH_WATER_MARK && !mem::replace(&mut self.is_full, true) {
            cx.publisher(topic!(JournalFull { file: self.file.clone() })).named(FULL);
        }
    }

    fn written(&mut self, cx: &mut Context<'_, Self>, bytes: usize) {
        self.waiting -= bytes;
        if self.waiting <= HIGH_WATER_MARK / 2 && mem::take(&mut self.is_full) {
            cx.delete(FULL);
        }
    }

    /// Accepts no more entries and has the rest written. Then the source ends, and with it the process. The process does
    /// not end earlier, because the thread may still be opening the file.
    fn close(&mut self, cx: &mut Context<'_, Self>) {
        self.is_wanted = false;
        cx.delete(ENTRIES);
        // Entries that were sent before this takes effect still arrive.
        cx.yield_then(|journal, _| journal.queue = None);
    }

    fn report(&self, cx: &mut Context<'_, Self>, reason: Reason) {
        cx.send(JournalError { file: self.file.clone(), reason });
    }
}
