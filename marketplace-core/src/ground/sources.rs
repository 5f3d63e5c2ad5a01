//! The event sources that are subscribed to, polled as they wake.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::{Context, Poll};

use anyhow::anyhow;
use futures::future::{AbortHandle, ready};
use futures::stream::{self, Abortable, BoxStream, SelectAll, Stream, StreamExt};

use crate::panic::{Contained, guard, panic_error};
use crate::{EventSource, EventValue, Reason};

/// The open sources.
#[derive(Default)]
pub(super) struct Sources {
    open: HashMap<EventSource, Opened>,
    opened: u64,
    data: SelectAll<BoxStream<'static, Item>>,
    clocks: SelectAll<BoxStream<'static, Item>>,
}

/// An open source; its number tells its stream from an earlier one of the same source.
struct Opened {
    number: u64,
    abort: AbortHandle,
}

/// What a stream yields: values, at last the reason of its end.
struct Item {
    source: EventSource,
    number: u64,
    value: Result<EventValue, Reason>,
}

/// What came from a source.
pub(super) enum Happening {
    Event(EventSource, EventValue),
    End(EventSource, Reason),
}

impl Sources {
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Begins to poll a source.
    pub(super) fn open(&mut self, source: EventSource) -> Result<(), Reason> {
        let stream = guard(|| source.open())?.ok_or_else(|| anyhow!("{source:?} cannot be opened again"))?;
        self.opened += 1;
        let number = self.opened;
        let (abort, registration) = AbortHandle::new_pair();
        let streams = if source.is_data() { &mut self.data } else { &mut self.clocks };
        let item = {
            let source = source.clone();
            move |value| Item { source: source.clone(), number, value }
        };
        let stream = AssertUnwindSafe(Contained::new(stream, "an event source's stream")).catch_unwind();
        let stream = stream.map(|value| value.map_err(|panic| panic_error(panic).into()));
        let stream = stream.chain(stream::once(ready(Err(Reason::normal())))).map(item);
        streams.push(Abortable::new(stream, registration).boxed());
        self.open.insert(source, Opened { number, abort });
        Ok(())
    }

    /// Stops polling a source; whether it was open. Its stream wakes once more, to be dropped.
    pub(super) fn close(&mut self, source: &EventSource) -> bool {
        self.open.remove(source).inspect(|opened| opened.abort.abort()).is_some()
    }

    pub(super) fn poll_clocks(&mut self, cx: &mut Context<'_>) -> Option<Happening> {
        Self::poll(&mut self.clocks, &mut self.open, cx)
    }

    pub(super) fn poll_data(&mut self, cx: &mut Context<'_>) -> Option<Happening> {
        Self::poll(&mut self.data, &mut self.open, cx)
    }

    #[expect(clippy::mutable_key_type, reason = "a source is compared and hashed by identity")]
    fn poll(
        streams: &mut SelectAll<BoxStream<'static, Item>>,
        open: &mut HashMap<EventSource, Opened>,
        cx: &mut Context<'_>,
    ) -> Option<Happening> {
        while let Poll::Ready(Some(Item { source, number, value })) = Pin::new(&mut *streams).poll_next(cx) {
            if open.get(&source).is_none_or(|opened| opened.number != number) {
                continue;
            }
            return Some(match value {
                Ok(value) => Happening::Event(source, value),
                Err(reason) => {
                    open.remove(&source);
                    Happening::End(source, reason)
                }
            });
        }
        None
    }
}
