//! An event source that a test feeds by hand.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context as _;
use futures::channel::mpsc;
use marketplace_core::EventSource;

/// An event source whose events come from the test, which sees by it whether the source is open.
///
/// The source can be opened anew after each end. Nothing waits in it while it is closed.
#[derive(Debug)]
pub struct Feed<T> {
    source: EventSource,
    state: Arc<Mutex<State<T>>>,
}

struct State<T> {
    /// To the newest stream, which may have been dropped.
    sender: Option<mpsc::UnboundedSender<T>>,
    opened: usize,
}

impl<T: fmt::Debug + Send + Sync + 'static> Feed<T> {
    /// A source of this name.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        let state = Arc::new(Mutex::new(State { sender: None, opened: 0 }));
        let opening = Arc::clone(&state);
        let source = EventSource::repeatable(name, move || {
            let (sender, events) = mpsc::unbounded();
            let mut state = lock(&opening);
            state.sender = Some(sender);
            state.opened += 1;
            events
        });
        Self { source, state }
    }

    /// The source, for the driver under test.
    #[must_use]
    pub const fn source(&self) -> &EventSource {
        &self.source
    }

    /// Has the source yield an event.
    ///
    /// # Errors
    ///
    /// If it is not open: nobody has subscribed to it, or no longer.
    pub fn send(&self, event: T) -> anyhow::Result<()> {
        let state = lock(&self.state);
        let sender = state.sender.as_ref().filter(|sender| !sender.is_closed());
        let sender = sender.with_context(|| format!("{:?} is not open", self.source))?;
        sender.unbounded_send(event).map_err(|error| error.into_send_error().into())
    }

    /// Has the source's stream end, once all that was sent has been yielded.
    pub fn end(&self) {
        lock(&self.state).sender = None;
    }

    /// Whether the source is open: whether there is a stream that has not ended.
    #[must_use]
    pub fn is_open(&self) -> bool {
        lock(&self.state).sender.as_ref().is_some_and(|sender| !sender.is_closed())
    }

    /// How often the source has been opened.
    #[must_use]
    pub fn opened(&self) -> usize {
        lock(&self.state).opened
    }
}

fn lock<T>(state: &Mutex<State<T>>) -> MutexGuard<'_, State<T>> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T> fmt::Debug for State<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("opened", &self.opened).finish_non_exhaustive()
    }
}
