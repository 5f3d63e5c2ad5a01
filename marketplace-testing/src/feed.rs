//! An event source whose events the test provides.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context as _;
use futures::channel::mpsc;
use marketplace_core::EventSource;

/// An event source whose events the test provides. It also says whether the source is open.
///
/// Use it in place of a socket, a file or a clock to test a driver by hand. The source can be opened again after each end.
/// While it is closed, events are refused and not stored.
///
/// # Examples
///
/// ```
/// use marketplace_core::{Ground, Message, Spawn, topic};
/// use marketplace_testing::{Feed, TestProgram};
///
/// #[derive(Debug, Message)]
/// struct Line(String);
///
/// # fn main() -> anyhow::Result<()> {
/// let feed = Feed::new("lines");
/// let source = feed.source().clone();
/// let program = TestProgram::by_hand(Ground::new().spawn(Spawn::new((), move |(), cx| {
///     cx.on_event(&source, |(), cx, line: &String| cx.send(Line(line.clone())));
/// })));
/// assert!(feed.is_open());
/// let mut lines = program.messages(topic!(Line(_)))?;
/// feed.send("hello".to_owned())?;
/// assert_eq!(lines.message()?.0, "hello");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Feed<T> {
    source: EventSource,
    state: Arc<Mutex<State<T>>>,
}

struct State<T> {
    /// The sender to the newest stream, which may have been dropped.
    sender: Option<mpsc::UnboundedSender<T>>,
    opened: usize,
}

impl<T: fmt::Debug + Send + Sync + 'static> Feed<T> {
    /// A source with this name.
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

    /// Makes the source yield an event.
    ///
    /// # Errors
    ///
    /// If the source is not open, because no process subscribes to it.
    pub fn send(&self, event: T) -> anyhow::Result<()> {
        let state = lock(&self.state);
        let sender = state.sender.as_ref().filter(|sender| !sender.is_closed());
        let sender = sender.with_context(|| format!("{:?} is not open", self.source))?;
        sender.unbounded_send(event).map_err(|error| error.into_send_error().into())
    }

    /// Ends the source's stream, after all events that were sent.
    pub fn end(&self) {
        lock(&self.state).sender = None;
    }

    /// Whether the source is open: whether it has a stream that has not ended.
    #[must_use]
    pub fn is_open(&self) -> bool {
        lock(&self.state).sender.as_ref().is_some_and(|sender| !sender.is_closed())
    }

    /// How many times the source has been opened.
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
