//! The tape: what a program's thread writes of what happens, until the inspector's thread takes it.
//!
//! All that is shared by the two threads. It is bounded, and held for no longer than it takes to write an entry or to put
//! an empty reel in the place of a full one, so nobody waits for a page.

mod count;
mod entry;
mod everything;
mod flight;
mod lives;
mod meta;
mod sampling;

use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use marketplace_core::Pid;

use crate::contained::discard;
use crate::secrets::Secrets;

pub(crate) use count::{Count, Counted, TypeCount};
pub(crate) use entry::{Entry, Sent, Told};
pub(crate) use everything::Everything;
use flight::Flights;
pub(crate) use lives::Lives;
use sampling::Sampling;

/// How many entries may wait.
const ENTRIES: usize = 50_000;
/// How many of them may be of messages, and of presences and absences.
const SAMPLES: usize = 4_000;

/// What one program tells.
#[derive(Debug)]
pub(crate) struct Tape {
    /// Whether some page asks for messages' values.
    shows_values: AtomicBool,
    secrets: Arc<Secrets>,
    sampling: Sampling,
    head: Mutex<Head>,
}

/// Whoever takes a tape. Nothing is kept on it, and nothing more written, once that is gone.
#[derive(Debug)]
pub(crate) struct Reader(Arc<Tape>);

/// Where the tape is written.
#[derive(Debug, Default)]
struct Head {
    reel: Reel,
    /// How many entries may wait.
    limit: usize,
    flights: Flights,
    /// The path of the VM of the last entry, since that of the next is the same as a rule.
    path: Arc<[Pid]>,
    /// How many messages have been sampled.
    messages: u64,
}

/// What has been written since the tape was last taken.
#[derive(Debug, Default)]
pub(crate) struct Reel {
    pub(crate) entries: Vec<Entry>,
    /// How many of them are of messages, presences and absences.
    samples: usize,
    pub(crate) counted: Counted,
    /// How many happenings have not been written, since there were too many.
    pub(crate) unseen: u64,
    /// Whether something is missing without which one cannot know what there is.
    pub(crate) is_overflown: bool,
}

impl Tape {
    pub(crate) fn new(secrets: Arc<Secrets>) -> Arc<Self> {
        Self::with_limit(secrets, ENTRIES)
    }

    /// With room for so many entries.
    pub(crate) fn with_limit(secrets: Arc<Secrets>, limit: usize) -> Arc<Self> {
        Arc::new(Self {
            shows_values: AtomicBool::new(false),
            secrets,
            sampling: Sampling::default(),
            head: Mutex::new(Head { limit, ..Head::default() }),
        })
    }

    /// Takes what has been written.
    pub(crate) fn take(&self) -> Reel {
        std::mem::take(&mut self.head().reel)
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
        self.secrets.all
    }

    /// Forgets what is under way, since what follows comes of another trace.
    pub(crate) fn rewind(&self) {
        self.head().flights = Flights::default();
    }

    fn head(&self) -> MutexGuard<'_, Head> {
        self.head.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader {
    pub(crate) const fn new(tape: Arc<Tape>) -> Self {
        Self(tape)
    }
}

impl Deref for Reader {
    type Target = Arc<Tape>;

    fn deref(&self) -> &Arc<Tape> {
        &self.0
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut head = self.0.head();
        head.limit = 0;
        let reel = std::mem::take(&mut head.reel);
        drop(head);
        discard(reel);
    }
}

impl Head {
    /// Writes what is needed to know what there is.
    fn write(&mut self, generation: u64, vm: &[Pid], told: Told) {
        if self.reel.entries.len() >= self.limit {
            self.reel.is_overflown = true;
            self.reel.unseen += 1;
            return;
        }
        if *self.path != *vm {
            self.path = vm.into();
        }
        let (at, vm) = (Instant::now(), Arc::clone(&self.path));
        self.reel.entries.push(Entry { at, generation, vm, told });
    }

    /// Writes what is not needed, if there is room.
    fn write_sample(&mut self, generation: u64, vm: &[Pid], told: impl FnOnce() -> Told) {
        if self.reel.samples >= SAMPLES || self.reel.entries.len() >= self.limit {
            self.reel.unseen += 1;
            return;
        }
        self.reel.samples += 1;
        self.write(generation, vm, told());
    }
}
