//! The buffer: what a program's thread writes of what happens, until the inspector's thread takes it.
//!
//! All that is shared by the two threads. It is bounded, and held for no longer than it takes to write an entry or to put
//! an empty batch in the place of a full one, so nobody waits for a page.

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

/// How many entries may wait.
const ENTRIES: usize = 50_000;
/// How many of them may be of messages, and of presences and absences.
const SAMPLES: usize = 4_000;

/// What one program tells.
#[derive(Debug)]
pub(crate) struct TraceBuffer {
    /// Whether some page asks for messages' values.
    shows_values: AtomicBool,
    hidden_values: Arc<HiddenValues>,
    sampling: Sampling,
    writer: Mutex<Writer>,
}

/// Whoever takes a buffer. Nothing is kept on it, and nothing more written, once that is gone.
#[derive(Debug)]
pub(crate) struct Reader(Arc<TraceBuffer>);

/// Where the buffer is written.
#[derive(Debug, Default)]
struct Writer {
    batch: Batch,
    /// How many entries may wait.
    limit: usize,
    in_flight: MessagesInFlight,
    /// The path of the VM of the last entry, since that of the next is the same as a rule.
    path: Arc<[Pid]>,
    /// How many messages have been sampled.
    messages: u64,
}

/// What has been written since the buffer was last taken.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) entries: Vec<Entry>,
    /// How many of them are of messages, presences and absences.
    samples: usize,
    pub(crate) counted: Counted,
    /// How many happenings have not been written, since there were too many.
    pub(crate) skipped: u64,
    /// Whether something is missing without which one cannot know what there is.
    pub(crate) has_overflowed: bool,
}

impl TraceBuffer {
    pub(crate) fn new(hidden_values: Arc<HiddenValues>) -> Arc<Self> {
        Self::with_limit(hidden_values, ENTRIES)
    }

    /// With room for so many entries.
    pub(crate) fn with_limit(hidden_values: Arc<HiddenValues>, limit: usize) -> Arc<Self> {
        Arc::new(Self {
            shows_values: AtomicBool::new(false),
            hidden_values,
            sampling: Sampling::default(),
            writer: Mutex::new(Writer { limit, ..Writer::default() }),
        })
    }

    /// Takes what has been written.
    pub(crate) fn take(&self) -> Batch {
        std::mem::take(&mut self.lock().batch)
    }

    /// Has one in so many messages written from now on.
    pub(crate) fn sample(&self, one_in: u64) {
        self.sampling.set(one_in);
    }

    /// Has the values of messages written from now on, or no longer.
    pub(crate) fn show_values(&self, shows: bool) {
        self.shows_values.store(shows, Ordering::Relaxed);
    }

    /// Whether no values are shown, whoever asks.
    pub(crate) fn hides_values(&self) -> bool {
        self.hidden_values.all
    }

    /// Forgets what is under way, since what follows comes of another trace.
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
    /// Writes what is needed to know what there is.
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

    /// Writes what is not needed, if there is room.
    fn write_sample(&mut self, generation: u64, vm: &[Pid], event: impl FnOnce() -> TracedEvent) {
        if self.batch.samples >= SAMPLES || self.batch.entries.len() >= self.limit {
            self.batch.skipped += 1;
            return;
        }
        self.batch.samples += 1;
        self.write(generation, vm, event());
    }
}
