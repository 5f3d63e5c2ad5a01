//! The event sources that have subscribers. They are polled when they wake the ground.

use std::collections::HashMap;
use std::pin::Pin;
use std::task::{Context, Poll};

use anyhow::{Error, anyhow};
use futures::stream::{BoxStream, Stream};
use pin_project::pin_project;
use streamunordered::{StreamUnordered, StreamYield};

use crate::panic::{Contained, guard};
use crate::{EventSource, EventValue, Reason};

/// The open sources.
#[derive(Default)]
pub(super) struct Sources {
    open: HashMap<EventSource, Place>,
    /// How many of them keep the program running.
    keeping: usize,
    data: Streams,
    clocks: Streams,
}

type Streams = StreamUnordered<Opened>;

/// Where the stream of a source is.
struct Place {
    is_data: bool,
    keeps: bool,
    number: usize,
}

/// The stream of a source. If it panics, the panic is its last item.
#[pin_project]
struct Opened {
    source: EventSource,
    #[pin]
    stream: Contained<BoxStream<'static, EventValue>>,
}

/// What came from a source.
pub(super) enum SourceEvent {
    Event(EventSource, EventValue),
    End(EventSource, Reason),
}

impl Sources {
    /// Whether a source is open that is not in the background.
    pub(super) fn keep_the_program(&self) -> bool {
        self.keeping > 0
    }

    /// Begins to poll a source.
    pub(super) fn open(&mut self, source: EventSource) -> Result<(), Reason> {
        let stream = guard(|| source.open())?.ok_or_else(|| anyhow!("{source:?} cannot be opened again"))?;
        let stream = Contained::new(stream, "an event source's stream");
        let (is_data, keeps) = (source.is_data(), source.keeps());
        let number = self.streams(is_data).insert(Opened { source: source.clone(), stream });
        self.keeping += usize::from(keeps);
        self.open.insert(source, Place { is_data, keeps, number });
        Ok(())
    }

    /// Stops polling a source. Returns whether it was open.
    pub(super) fn close(&mut self, source: &EventSource) -> bool {
        let Some(Place { is_data, keeps, number }) = self.open.remove(source) else { return false };
        self.keeping -= usize::from(keeps);
        Pin::new(self.streams(is_data)).remove(number)
    }

    pub(super) fn poll_clocks(&mut self, cx: &mut Context<'_>) -> Option<SourceEvent> {
        self.poll(false, cx)
    }

    pub(super) fn poll_data(&mut self, cx: &mut Context<'_>) -> Option<SourceEvent> {
        self.poll(true, cx)
    }

    fn poll(&mut self, is_data: bool, cx: &mut Context<'_>) -> Option<SourceEvent> {
        let streams = self.streams(is_data);
        let Poll::Ready(Some((event, number))) = Pin::new(&mut *streams).poll_next(cx) else { return None };
        let source = streams[number].source.clone();
        let reason = match event {
            StreamYield::Item(Ok(value)) => return Some(SourceEvent::Event(source, value)),
            StreamYield::Item(Err(panic)) => panic.into(),
            StreamYield::Finished(_) => Reason::normal(),
        };
        self.close(&source);
        Some(SourceEvent::End(source, reason))
    }

    const fn streams(&mut self, is_data: bool) -> &mut Streams {
        if is_data { &mut self.data } else { &mut self.clocks }
    }
}

impl Stream for Opened {
    type Item = Result<EventValue, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.project().stream.poll_next(cx)
    }
}
