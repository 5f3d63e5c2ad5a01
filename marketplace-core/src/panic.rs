//! Panics as errors.

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use anyhow::{Error, anyhow};
use futures::Stream;
use tracing::error;

/// Runs code of a user's; its panic is an error.
#[inline(always)]
pub(crate) fn guard<T>(work: impl FnOnce() -> T) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(work)).map_err(panic_error)
}

/// Drops a value of a user's, whose panic is logged.
pub(crate) fn guarded_drop<T>(value: T, what: &'static str) {
    if let Err(error) = guard(|| drop(value)) {
        error!(%error, "{what} panicked as it was dropped");
    }
}

/// Drops values of a user's one by one: two panics at once would be the end of everything.
pub(crate) fn guarded_drops<T>(values: impl IntoIterator<Item = T>, what: &'static str) {
    for value in values {
        guarded_drop(value, what);
    }
}

/// A stream or future of a user's that may panic as it is dropped.
pub(crate) struct Contained<T> {
    value: Option<T>,
    what: &'static str,
}

impl<T> Contained<T> {
    pub(crate) const fn new(value: T, what: &'static str) -> Self {
        Self { value: Some(value), what }
    }
}

impl<T: Stream + Unpin> Stream for Contained<T> {
    type Item = T::Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T::Item>> {
        self.value.as_mut().map_or(Poll::Ready(None), |stream| Pin::new(stream).poll_next(cx))
    }
}

impl<T: Future + Unpin> Future for Contained<T> {
    type Output = T::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T::Output> {
        self.value.as_mut().map_or(Poll::Pending, |future| Pin::new(future).poll(cx))
    }
}

impl<T> Drop for Contained<T> {
    fn drop(&mut self) {
        guarded_drop(self.value.take(), self.what);
    }
}

/// The error for a panic's payload, which may panic in turn as it is dropped.
pub(crate) fn panic_error(payload: Box<dyn Any + Send>) -> Error {
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    let error = anyhow!("panic: {text}");
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        // It might go on like this.
        mem::forget(another);
    }
    error
}
