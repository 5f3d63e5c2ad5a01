//! Sources of events of the outside world.

use std::any::{Any, type_name};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::anyhow;
use futures::StreamExt;
use futures::stream::{BoxStream, Stream};

use crate::context::{Context, Network};
use crate::endpoint::Endpoint;
use crate::handler_result::HandlerResult;
use crate::panic::guarded_drop;
use crate::{Leaf, Message, topic};

/// Something that makes a stream of events: a cloneable handle, compared by identity.
///
/// While a participant at the ground subscribes to the [`GroundEvent`]s of a source, the ground polls its
/// stream and publishes what it yields; see [`Network::on_event`].
#[derive(Clone)]
pub struct EventSource {
    source: Arc<Source>,
    /// Whether its events wait while the program is behind (rule S16).
    is_data: bool,
    /// Whether the program goes on for its sake (rule S15).
    keeps: bool,
}

struct Source {
    name: Arc<str>,
    open: Mutex<Open>,
}

type Open = Box<dyn FnMut() -> Option<BoxStream<'static, EventValue>> + Send>;

impl Drop for Source {
    fn drop(&mut self) {
        let open = self.open.get_mut().unwrap_or_else(PoisonError::into_inner);
        guarded_drop(mem::replace(open, Box::new(|| None)), "an event source");
    }
}

impl EventSource {
    /// A source whose stream can be made only once: a connection's, say.
    pub fn once<T>(name: impl Into<Arc<str>>, stream: impl Stream<Item = T> + Send + 'static) -> Self
    where
        T: fmt::Debug + Send + Sync + 'static,
    {
        let mut stream = Some(stream.map(EventValue::new).boxed());
        Self::with(name, Box::new(move || stream.take()))
    }

    /// A source whose stream is made anew for each demand.
    pub fn repeatable<T, St>(name: impl Into<Arc<str>>, mut make: impl FnMut() -> St + Send + 'static) -> Self
    where
        T: fmt::Debug + Send + Sync + 'static,
        St: Stream<Item = T> + Send + 'static,
    {
        Self::with(name, Box::new(move || Some(make().map(EventValue::new).boxed())))
    }

    fn with(name: impl Into<Arc<str>>, open: Open) -> Self {
        let source = Arc::new(Source { name: name.into(), open: Mutex::new(open) });
        Self { source, is_data: true, keeps: true }
    }

    /// The same as a clock: its events are taken even while the program is behind with its work, so there
    /// must be few of them (rule S16). It counts which the first subscriber names, the clock or the source
    /// as it was.
    #[must_use]
    pub fn as_clock(self) -> Self {
        Self { is_data: false, ..self }
    }

    /// The same in the background: its events are taken while the program goes on, but the program does not go on for
    /// its sake (rule S15). It is for what may happen at any time and is part of no work, such as a signal that asks
    /// for a stop. It counts which the first subscriber names, the one in the background or the source as it was.
    ///
    /// # Examples
    ///
    /// Work that can be called off, in a program that ends when the work is done:
    ///
    /// ```
    /// use futures::channel::mpsc;
    /// use futures::executor::block_on;
    /// use marketplace_core::{EventSource, Ground, Spawn};
    ///
    /// # fn main() -> anyhow::Result<()> {
    /// let (_call_off, called_off) = mpsc::channel::<()>(1);
    /// let called_off = EventSource::once("called off", called_off).in_background();
    /// let worker = Spawn::new((), move |(), cx| {
    ///     cx.on_event(&called_off, |(), cx, ()| cx.quit());
    ///     cx.perform(async { 6 * 7 }, |(), _, product| assert_eq!(product, 42));
    /// });
    /// block_on(Ground::new().spawn(worker).run())
    /// # }
    /// ```
    #[must_use]
    pub fn in_background(self) -> Self {
        Self { keeps: false, ..self }
    }

    pub(crate) fn is_data(&self) -> bool {
        self.is_data
    }

    pub(crate) fn keeps(&self) -> bool {
        self.keeps
    }

    pub(crate) fn open(&self) -> Option<BoxStream<'static, EventValue>> {
        (self.source.open.lock().unwrap_or_else(PoisonError::into_inner))()
    }
}

impl Message for EventSource {
    type Pattern = Leaf<Self>;
}

impl PartialEq for EventSource {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.source, &other.source)
    }
}

impl Eq for EventSource {}

impl Hash for EventSource {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.source).hash(state);
    }
}

impl fmt::Debug for EventSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventSource({})", self.source.name)
    }
}

/// An event of the outside world, as the ground publishes it.
///
/// Nobody is warned of one that nobody takes: its subscriber may go while it is under way.
#[derive(Debug, Message)]
#[message(local, lossy)]
pub struct GroundEvent {
    /// Where it comes from.
    pub source: EventSource,
    /// What it says; never matched on.
    #[message(skip)]
    pub value: EventValue,
}

/// The value of an event: of any type, shared by all who get the event.
#[derive(Clone)]
pub struct EventValue {
    value: Arc<dyn Any + Send + Sync>,
    debug: fn(&(dyn Any + Send + Sync), &mut fmt::Formatter<'_>) -> fmt::Result,
}

impl EventValue {
    /// Wraps a value.
    pub fn new<T: fmt::Debug + Send + Sync + 'static>(value: T) -> Self {
        Self {
            value: Arc::new(value),
            debug: |value, f| match value.downcast_ref::<T>() {
                Some(value) => value.fmt(f),
                None => Ok(()),
            },
        }
    }

    /// The value, if it is of type `T`.
    #[must_use]
    pub fn downcast_ref<T: 'static>(&self) -> Option<&T> {
        self.value.downcast_ref()
    }
}

impl fmt::Debug for EventValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (self.debug)(&*self.value, f)
    }
}

/// A value with one owner, an accepted socket say, in an event that is shared: the first to take it has it.
pub struct TakeOnce<T>(Mutex<Option<T>>);

impl<T> TakeOnce<T> {
    /// Wraps a value.
    pub const fn new(value: T) -> Self {
        Self(Mutex::new(Some(value)))
    }

    /// The value, if nobody has taken it yet.
    pub fn take(&self) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl<T> fmt::Debug for TakeOnce<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TakeOnce<{}>", type_name::<T>())
    }
}

impl<S: 'static> Network<'_, S> {
    /// Subscribes to the events of a source, whose values are of type `T`.
    ///
    /// The stream's end is the absence of its publisher. A value of another type fails the process.
    pub fn on_event<T: 'static, R: HandlerResult>(
        &mut self,
        source: &EventSource,
        mut handler: impl FnMut(&mut S, &mut Context<'_, S>, &T) -> R + Send + 'static,
    ) -> Endpoint<'_, S, <GroundEvent as Message>::Pattern> {
        self.subscriber(topic!(GroundEvent { source: source, .. })).on_message(
            move |state, cx, event: &GroundEvent| match event.value.downcast_ref() {
                Some(value) => handler(state, cx, value).into_result(),
                None => {
                    Err(anyhow!("{:?} yields {:?}, not a {}", event.source, event.value, type_name::<T>()))
                }
            },
        )
    }
}
