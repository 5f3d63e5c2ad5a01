//! A file: a process for each that is wanted.

use std::mem;
use std::path::Path;
use std::sync::Arc;

use anyhow::anyhow;
use marketplace_core::{Context, Demand, Reason, Spawn, topic};
use tracing::{debug, warn};

use crate::io::{Progress, Queue, open};
use crate::message::{Entry, JournalError, JournalFull};

/// Above how many bytes that wait to be written the writers of a file are to wait, until half of that is left.
const HIGH_WATER_MARK: usize = 256 * 1024;

/// How many bytes may wait: well above the mark, since what a writer sends before it hears of that is still on its way.
const LIMIT: usize = 1024 * 1024;

/// The endpoint that takes entries, while the file is open.
const ENTRIES: &str = "entries";

/// The endpoint that has writers wait.
const FULL: &str = "full";

struct Journal {
    file: Arc<str>,
    /// To the file, as long as anything may be accepted.
    queue: Option<Queue>,
    is_wanted: bool,
    /// The bytes that are accepted, and not yet written.
    waiting: usize,
    is_full: bool,
}

/// Speaks for a file until it is wanted no more, and all that was accepted is written.
pub(crate) fn journal(folder: &Path, file: Arc<str>, demand: Demand) -> Spawn {
    let name = format!("journal {file}");
    let (queue, source) = open(folder.join(&*file));
    let journal = Journal { file, queue: Some(queue), is_wanted: true, waiting: 0, is_full: false };
    Spawn::new(journal, move |_, cx| {
        cx.on_event(&source, Journal::progress)
            // All that was accepted is written.
            .on_absence(|_, cx, _, reason| cx.quit_because(reason.clone()));
        demand.on_end(cx, |journal: &mut Journal, cx, _| journal.close(cx));
    })
    .named(name)
}

impl Journal {
    fn progress(&mut self, cx: &mut Context<'_, Self>, progress: &Progress) {
        match progress {
            Progress::Opened if self.is_wanted => self.offer(cx),
            // It is closed again.
            Progress::Opened => {}
            Progress::Written(bytes) => self.written(cx, *bytes),
            Progress::Failed(reason) => {
                warn!(file = %self.file, %reason, lost = self.waiting, "journal failed");
                self.tell(cx, reason.clone());
                cx.quit_because(reason.clone());
            }
        }
    }

    /// The file is open: this is what its writers wait for.
    fn offer(&mut self, cx: &mut Context<'_, Self>) {
        debug!(file = %self.file, "journal opened");
        cx.subscriber(Entry::of(&self.file)).named(ENTRIES).on_message(Self::accept);
    }

    fn accept(&mut self, cx: &mut Context<'_, Self>, entry: &Entry) {
        let bytes = entry.text.len() + 1;
        if self.waiting + bytes > LIMIT {
            return self.tell(cx, anyhow!("refused: more than {LIMIT} bytes would wait").into());
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

    /// Accepts no more, and has the rest written; then the source ends, and with it the process: not before, since the
    /// thread may be opening the file still.
    fn close(&mut self, cx: &mut Context<'_, Self>) {
        self.is_wanted = false;
        cx.delete(ENTRIES);
        // What was sent before that is performed still comes.
        cx.yield_then(|journal, _| journal.queue = None);
    }

    fn tell(&self, cx: &mut Context<'_, Self>, reason: Reason) {
        cx.send(JournalError { file: self.file.clone(), reason });
    }
}
