//! The buffer between a program's thread, which writes trace events, and the inspector's thread, which takes them.
//!
//! It is the only thing that the two threads share. It is bounded. Its lock is held only while one entry is written or a
//! full batch is replaced by an empty one, so the program never waits for a page.

mod count;
mod event;
mod full_trace;
mod in_flight;
mod meta_send;
mod process_trace;
mod sampling;

use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use marketplace_core::Pid;

use crate::hidden_values::HiddenValues;
use crate::panic::discard;

pub(crate) use count::{Count, Counted, TypeCount};
pub(crate) use event::{Entry, Sent, TracedEvent};
pub(crate) use full_trace::FullTrace;
use in_flight::MessagesInFlight;
pub(crate) use process_trace::ProcessTrace;
use sampling::Sampling;

/// The most entries that may wait.
const ENTRIES: usize = 50_000;
/// The most of these that may be about messages, presences and absences.
const SAMPLES: usize = 4_000;

/// The trace events of one program.
#[derive(Debug)]
pub(crate) struct TraceBuffer {
    /// Whether some page shows the values of messages.
    shows_values: AtomicBool,
    hidden_values: Arc<HiddenValues>,
    sampling: Sampling,
    writer: Mutex<Writer>,
}

/// The reading end of a buffer. When it is dropped, the buffer is emptied and nothing more is written to it.
#[derive(Debug)]
pub(crate) struct Reader(Arc<TraceBuffer>);

/// The writing end of a buffer.
#[derive(Debug, Default)]
struct Writer {
    batch: Batch,
    /// The most entries that may wait.
    limit: usize,
    in_flight: MessagesInFlight,
    /// The path of the VM of the last entry. It is kept because the next entry usually has the same one.
    path: Arc<[Pid]>,
    /// How many messages have been recorded.
    messages: u64,
}

/// What has been written since the last batch was taken.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) entries: Vec<Entry>,
    /// How many of the entries are about messages, presences and absences.
    samples: usize,
    pub(crate) counted: Counted,
    /// How many events were not written, because there were too many.
    pub(crate) skipped: u64,
    /// Whether an entry is missing that is needed to know which processes and endpoints exist.
    pub(crate) has_overflowed: bool,
}

impl TraceBuffer {
    pub(crate) fn new(hidden_values: Arc<HiddenValues>) -> Arc<Self> {
        Self::with_limit(hidden_values, ENTRIES)
    }

    /// A buffer with room for this many entries.
    pub(crate) fn with_limit(hidden_values: Arc<HiddenValues>, limit: usize) -> Arc<Self> {
        Arc::new(Self {
            shows_values: AtomicBool::new(false),
            hidden_values,
            sampling: Sampling::default(),
            writer: Mutex::new(Writer { limit, ..Writer::default() }),
        })
    }

    /// Takes what has been written, and leaves an empty batch.
    pub(crate) fn take(&self) -> Batch {
        std::mem::take(&mut self.lock().batch)
    }

    /// From now on writes one in this many messages.
    pub(crate) fn sample(&self, one_in: u64) {
        self.sampling.set(one_in);
    }

    /// Sets whether the values of messages are written from now on.
    pub(crate) fn show_values(&self, shows: bool) {
        self.shows_values.store(shows, Ordering::Relaxed);
    }

    /// Whether the program forbids that values of messages are shown.
    pub(crate) fn hides_values(&self) -> bool {
        self.hidden_values.all
    }

    /// Forgets the messages in flight, because the next events come from another trace.
    pub(crate) fn forget_in_flight(&self) {
        self.lock().in_flight = MessagesInFlight::default();
    }

    fn lock(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader {
    pub(crate) const fn new(buffer: Arc<TraceBuffer>) -> Self {
        Self(buffer)
    }
}

impl Deref for Reader {
    type Target = Arc<TraceBuffer>;

    fn deref(&self) -> &Arc<TraceBuffer> {
        &self.0
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut writer = self.0.lock();
        writer.limit = 0;
        let batch = std::mem::take(&mut writer.batch);
        drop(writer);
        discard(batch);
    }
}

impl Writer {
    /// Writes an event that is needed to know which processes and endpoints exist.
    fn write(&mut self, generation: u64, vm: &[Pid], event: TracedEvent) {
        if self.batch.entries.len() >= self.limit {
            self.batch.has_overflowed = true;
            self.batch.skipped += 1;
            return;
        }
        if *self.path != *vm {
            self.path = vm.into();
        }
        let (at, vm) = (Instant::now(), Arc::clone(&self.path));
        self.batch.entries.push(Entry { at, generation, vm, event });
    }

    /// Writes an event that can be left out, if there is room.
    fn write_sample(&mut self, generation: u64, vm: &[Pid], event: impl FnOnce() -> TracedEvent) {
        if self.batch.samples >= SAMPLES || self.batch.entries.len() >= self.limit {
            self.batch.skipped += 1;
            return;
        }
        self.batch.samples += 1;
        self.write(generation, vm, event());
    }
}
