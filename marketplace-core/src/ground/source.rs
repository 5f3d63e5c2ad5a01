//! Sources of events from the outside world.

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

/// A stream of events from the outside world: incoming connections, expired timers, lines of input. Drivers are made
/// of them.
///
/// It is a cloneable handle, compared by identity. As long as a participant at the ground subscribes to the
/// [`GroundEvent`]s of the source, the ground polls its stream and publishes the items. [`Network::on_event`]
/// subscribes.
///
/// # Examples
///
/// ```
/// use futures::stream;
/// use marketplace_core::{EventSource, Ground, Spawn};
///
/// # fn main() -> anyhow::Result<()> {
/// let numbers = EventSource::once("numbers", stream::iter([1, 2, 3]));
/// let adder = Spawn::new(0, move |_, cx| {
///     cx.on_event(&numbers, |sum, _, number: &i32| *sum += number)
///         .on_absence(|sum, cx, _source, _reason| {
///             assert_eq!(*sum, 6);
///             cx.quit();
///         });
/// });
/// futures::executor::block_on(Ground::new().main(adder).run())?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct EventSource {
    source: Arc<Source>,
    /// Whether its events wait while the program is behind with its work (rule S16).
    is_data: bool,
    /// Whether it keeps the program running (rule S15).
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
    /// A source whose stream exists only once, such as that of a connection. When its last subscriber is gone, the
    /// stream is dropped, and it cannot be subscribed to again.
    pub fn once<T>(name: impl Into<Arc<str>>, stream: impl Stream<Item = T> + Send + 'static) -> Self
    where
        T: fmt::Debug + Send + Sync + 'static,
    {
        let mut stream = Some(stream.map(EventValue::new).boxed());
        Self::with(name, Box::new(move || stream.take()))
    }

    /// A source whose stream is made again each time it gets its first subscriber.
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

    /// Makes the source a clock: its events are delivered even if the program is behind with its work, so there must
    /// be few of them (rule S16). If both the clock and the original source are subscribed to, the first subscriber
    /// decides.
    #[must_use]
    pub fn as_clock(self) -> Self {
        Self { is_data: false, ..self }
    }

    /// Puts the source in the background: its events are delivered as long as the program runs, but it does not keep
    /// the program running (rule S15). Use it for events that may come at any time and are not a part of the
    /// program's work, such as a signal that requests a stop. If both this and the original source are subscribed to,
    /// the first subscriber decides.
    ///
    /// # Examples
    ///
    /// Work that can be cancelled, in a program that ends when the work is done:
    ///
    /// ```
    /// use futures::channel::mpsc;
    /// use futures::executor::block_on;
    /// use marketplace_core::{EventSource, Ground, Spawn};
    ///
    /// # fn main() -> anyhow::Result<()> {
    /// let (_cancel, cancelled) = mpsc::channel::<()>(1);
    /// let cancelled = EventSource::once("cancelled", cancelled).in_background();
    /// let worker = Spawn::new((), move |(), cx| {
    ///     cx.on_event(&cancelled, |(), cx, ()| cx.quit());
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

/// An event from the outside world, as the ground publishes it. [`Network::on_event`] unwraps it for you.
///
/// There is no warning if it is dropped: its subscriber may leave while it is on its way.
#[derive(Debug, Message)]
#[message(local, lossy)]
pub struct GroundEvent {
    /// The source of the event.
    pub source: EventSource,
    /// The item of the source's stream. It is never matched on.
    #[message(skip)]
    pub value: EventValue,
}

/// The value of an event. It may be of any type, and all receivers of the event share it.
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

/// A value in an event that only one receiver can have, such as an accepted socket. The first receiver that calls
/// [`take`](Self::take) gets it.
///
/// # Examples
///
/// ```
/// use marketplace_core::TakeOnce;
///
/// let socket = TakeOnce::new("socket");
/// assert_eq!(socket.take(), Some("socket"));
/// assert_eq!(socket.take(), None);
/// ```
pub struct TakeOnce<T>(Mutex<Option<T>>);

impl<T> TakeOnce<T> {
    /// Wraps a value.
    pub const fn new(value: T) -> Self {
        Self(Mutex::new(Some(value)))
    }

    /// The value, if it has not been taken yet.
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
    /// When the stream ends, the endpoint gets an absence. If a value is of another type, the process fails.
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
